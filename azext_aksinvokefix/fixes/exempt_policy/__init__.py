"""Let the command pod past the policies that deny it, and nothing else."""
