"""Processors that stand beside the conversation: filters, keypad, transcripts, silence, sharing, recording."""
