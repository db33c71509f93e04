"""Reads; whatever a person may see starts from that person."""
