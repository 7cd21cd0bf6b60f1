"""Every cluster of many subscriptions, judged from the rows of a few Resource Graph queries."""
