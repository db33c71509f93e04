"""Servers on this machine that speak vendors' wire formats strictly, and fail as they are told (services 12)."""
