"""What is written down of a change: the journal, its lines, and undo documents."""
