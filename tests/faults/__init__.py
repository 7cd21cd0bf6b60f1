"""Every command against every way in which Azure, or the way there, can fail: see `__main__`."""
