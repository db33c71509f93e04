"""Carriers on this machine, for users' own tests: they speak the documented protocols and know nothing of our side."""
