"""The one way out for tools: where they may connect to, and one client with limits (reliability A11, S3)."""
