"""How hard the engine's random tests look: the quick profile is for a run after every change."""

from __future__ import annotations

import gc
import os

from hypothesis import settings

settings.register_profile("thorough", deadline=None, max_examples=100)
settings.register_profile("quick", deadline=None, max_examples=8, database=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "thorough"))

gc.disable()  # while modules are read: they are never garbage


def pytest_collection_finish() -> None:
    gc.freeze()
    gc.enable()
