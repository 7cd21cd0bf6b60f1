"""Make a node available that takes the command pod."""
