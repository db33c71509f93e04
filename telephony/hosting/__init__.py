"""Telephone calls while they run, and what looks after them."""
