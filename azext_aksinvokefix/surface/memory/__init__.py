"""What this machine remembers of runs."""
