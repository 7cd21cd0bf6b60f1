"""The tools of this project and what they write."""
