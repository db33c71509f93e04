"""Background work on finished calls; each job may run twice and leaves the same result."""
