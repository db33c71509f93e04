"""Synthesis with flite where the system has it: fewer voices than eSpeak NG, a more natural sound."""
