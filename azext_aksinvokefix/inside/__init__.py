"""What the cluster itself wrote down: events and inventory of its command pods, where it sends them, its detectors."""
