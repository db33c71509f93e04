"""Processors that stand beside the conversation: recording, journaling."""
