"""Azure Policy for Kubernetes: what is in force, what it says of the command pod, what excuses it."""
