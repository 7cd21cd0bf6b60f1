"""The real az diagnoses: every source, every way to ask, what it reads and what it prints."""
