"""Texts and ARM documents that many tests start from."""
