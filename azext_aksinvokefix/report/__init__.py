"""What a person reads: on stderr while something runs, on stdout when it is done."""
