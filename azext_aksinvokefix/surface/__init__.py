"""What the commands share at the az surface: the connection, redaction and signals around a run or a change."""
