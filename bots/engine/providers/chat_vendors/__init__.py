"""Vendors that speak OpenAI's chat completions: one row each (services 13.2)."""
