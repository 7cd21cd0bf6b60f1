"""What is known of the command pod, and what a built-in policy says of it."""
