"""What calls share is made once, when it is first needed, and goes away together."""

from __future__ import annotations

from bots.engine.audio.silero import SileroVADAnalyzer
from bots.engine.audio.vad import VADParams
from bots.engine.providers.resources import SharedResources


async def test_pools_are_made_once_and_each_for_itself() -> None:
    shared = SharedResources(recognisers=3, speakers=2)
    pools = [shared.recognisers, shared.speakers, shared.flite_speakers]
    assert [shared.recognisers, shared.speakers, shared.flite_speakers] == pools
    assert len({id(pool) for pool in pools}) == 3
    assert [pool.idle + pool.leased for pool in pools] == [0, 0, 0], "nothing is started before it is needed"
    await shared.close()
    await shared.close()


async def test_a_limit_of_nothing_still_leaves_one_worker() -> None:
    shared = SharedResources(recognisers=0, speakers=0)
    assert shared.recognisers is not None
    assert shared.speakers is not None
    await shared.close()


async def test_detectors_are_one_a_call_and_share_their_batches() -> None:
    shared = SharedResources()
    one, other = shared.voice_detector(VADParams()), shared.voice_detector(VADParams(stop_secs=0.3))
    assert isinstance(one, SileroVADAnalyzer)
    assert isinstance(other, SileroVADAnalyzer)
    assert one is not other
    assert one._batcher is other._batcher is not None
    await shared.close()
    assert shared.voice_detector(VADParams()) is not one, "a closed set begins anew"
    await shared.close()
