"""Azure Policy: resources, what they come to at a cluster, and what they say to a pod."""
