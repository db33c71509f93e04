"""Synthesis with eSpeak NG (flite where it is missing), offline, with word timings, in its own process."""
