"""Prepare a release: the version in the sources, the wheel, and all that is published beside it."""
