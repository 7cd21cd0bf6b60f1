"""What a user gives a command: texts, files, and what is to be run."""
