"""Doubles of what a session talks to: a simulated Azure without a server in between, and somebody at the console."""
