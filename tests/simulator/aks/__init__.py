"""The AKS resource provider: clusters, agent pools, run command."""
