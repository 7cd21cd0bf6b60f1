"""Sign-in and the directory."""
