"""Whose turn it is: aggregators of the context, interruption strategies, and the latency between turns."""
