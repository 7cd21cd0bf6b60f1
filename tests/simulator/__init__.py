"""A loopback Azure that the real ``az`` signs in to: a state machine, loaded from a scenario file."""
