"""Recognisers on connections that fail in every way, with another one beside them (PAR-05, P3, P10, P11, P15)."""

from __future__ import annotations

import pytest

from bots.engine.blocks.switcher import RecognitionSwitcher
from bots.engine.frames import ErrorFrame, TranscriptionFrame
from bots.engine.services.failures import Failure
from bots.engine.services.stt_stream import StreamingSTTService
from bots.engine.testing.recogniser import MemoryRecogniser, RecogniserFaults
from tests.engine.core.probes import UP, Probe
from tests.engine.services.test_stt_stream import Talk, service, talk, two_utterances

FAULTS = {
    "refused": RecogniserFaults(refuse=Failure.UNREACHABLE),
    "wrong key": RecogniserFaults(refuse=Failure.KEY),
    "deaf": RecogniserFaults(deaf=True),
}


async def three_utterances(talking: Talk) -> None:
    await two_utterances(talking)
    await talking.silence(5.0)
    await talking.say(6)


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
def test_no_word_is_lost_or_doubled_when_the_first_recogniser_fails(fault: RecogniserFaults) -> None:
    bad, good = MemoryRecogniser(lambda number: fault), MemoryRecogniser()  # P3, P10, P11, P15
    first, second = service(bad), service(good)
    ears: StreamingSTTService = RecognitionSwitcher([first, second])  # type: ignore[assignment]
    before, behind, run, said = talk(ears, three_utterances)
    words = " ".join(frame.text for frame in behind.of(TranscriptionFrame)).split()
    assert words == said.words()
    assert [event.data["to"] for event in run.events if event.kind == "service.switched"] == [second.name]
    assert len(before.of(ErrorFrame, direction=UP)) >= 1


def test_a_recogniser_that_mends_itself_keeps_its_place() -> None:  # P10
    faulty = MemoryRecogniser(lambda number: RecogniserFaults(cut_after=None if number else 20_000))
    ears: StreamingSTTService = RecognitionSwitcher([service(faulty), service(MemoryRecogniser())])  # type: ignore[assignment]
    _, behind, run, said = talk(ears, two_utterances)
    assert " ".join(frame.text for frame in behind.of(TranscriptionFrame)).split() == said.words()
    assert [event for event in run.events if event.kind == "service.switched"] == []
    assert isinstance(behind, Probe)
