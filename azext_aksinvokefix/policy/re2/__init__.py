"""Regular expressions as RE2 reads and matches them, in time linear in the text."""
