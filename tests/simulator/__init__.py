"""A loopback Azure that the real ``az`` signs in to: a state machine, loaded from a scenario file.

Read ``scenario`` for what can be broken, ``routing`` for what an operation is, ``app`` for who answers what, and
``server`` for how to run it. ``python -m tests.simulator`` serves a scenario to anybody's ``az``.
"""
