"""The wrapper around runCommand: what is sent, how it is submitted and polled, and what the answer means."""
