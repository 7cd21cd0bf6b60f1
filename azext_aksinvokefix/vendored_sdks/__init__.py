"""Libraries kept under this package's own name, so that they shadow nothing and need nothing at install time.

``pathspec`` 0.12.1, unmodified, Mozilla Public License 2.0 (see its LICENSE): the rules of ``.gitignore``.
"""
