"""What carriers ask and tell over HTTP: verified first, then read, then one action."""
