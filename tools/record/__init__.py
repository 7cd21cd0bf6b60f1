"""Hold the stand-in to the truth: the same requests to a real cluster and to the simulator, and what differs."""
