"""Watching a call from outside: logs for developers, files of frames, traces. None of it touches the call (OBS-01)."""
