"""Turn analyzers: a hosted model over HTTP, and one from a file on this machine (TURN-07…13)."""
