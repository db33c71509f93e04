"""What keeps a conversation going when a language model is slow, busy, broken or gone (LK-12, LK-15, LK-16, LK-18)."""
