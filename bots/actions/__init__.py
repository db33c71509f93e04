"""Writes: one verb a file, each one transaction."""
