"""Shipped with the engine: virtual time, scripted calls, tapes and contract suites."""
