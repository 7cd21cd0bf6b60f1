"""The world of a scenario, how a request reaches the module that answers it, and what a scenario injects."""
