"""The garbage collector of a serving process."""

import gc

from bots.hosting.garbage import FULL_EVERY, settle_collector


def test_a_warm_process_sets_aside_what_it_loaded_and_seldom_looks_through_everything():
    before = gc.get_threshold()
    try:
        settle_collector()
        assert gc.get_freeze_count() > 1000
        assert gc.get_threshold() == (*before[:2], FULL_EVERY)
    finally:
        gc.unfreeze()
        gc.set_threshold(*before)
