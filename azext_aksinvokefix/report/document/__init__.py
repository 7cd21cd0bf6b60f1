"""One model of a report, which every format renders: adding a format is one file."""
