"""What is looked up about one cluster, a module a source: every item is a value, or why it could not be read."""
