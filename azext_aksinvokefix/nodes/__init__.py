"""What is known about nodes: agent pools with the eyes of the pod, what the metrics say, what would make room."""
