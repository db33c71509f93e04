"""OpenAI's chat completions and audio services, and every server that speaks them (SPCH-16)."""
