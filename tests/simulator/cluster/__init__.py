"""Inside a cluster: admission, scheduling, startup and Kubernetes authorization of the command pod."""
