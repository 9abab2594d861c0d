"""Filter, sort, find and replace."""
