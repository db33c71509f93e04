"""Streaming recognition of English with PocketSphinx, offline, in its own process."""
