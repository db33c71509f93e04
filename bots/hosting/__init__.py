"""Where calls run: the only meeting place of Django and the engine."""
