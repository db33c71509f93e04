"""Writes about telephones: one verb a file."""
