"""The real az runs commands: results, failures, attachments, streams, interrupts."""
