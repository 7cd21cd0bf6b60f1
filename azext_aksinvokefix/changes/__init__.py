"""The one life of a change, which knows no fix: planned, shown, agreed to, journalled, written, verified, undone."""
