"""Vendors as options and codecs, found through the registry."""
