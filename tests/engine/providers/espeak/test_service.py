"""The embedded voice in a pipeline."""

from collections.abc import AsyncIterator

from bots.engine.frames import TTSSpeakFrame, TTSStartedFrame
from bots.engine.providers.espeak.service import EspeakTTSService
from bots.engine.providers.espeak.synthesizer import synthesiser_worker
from bots.engine.providers.workers.pool import WorkerPool
from bots.engine.services.tts import SpeechPiece
from tests.engine.core.probes import Probe, Run, in_a_run


class Noting(EspeakTTSService):
    """Takes down what it is asked to say."""

    def __init__(self) -> None:
        super().__init__(WorkerPool(synthesiser_worker(), warm=1, limit=1))
        self.asked: list[str] = []

    async def run_tts(self, text: str) -> AsyncIterator[SpeechPiece]:
        self.asked.append(text)
        yield SpeechPiece(bytes(640))


def test_the_marks_of_markdown_are_not_spoken() -> None:
    behind, voices = Probe("behind"), list[Noting]()

    def make() -> Run:
        voices.append(Noting())
        return Run(voices[0], behind)

    async def play(run: Run) -> None:
        await run.task.queue_frame(TTSSpeakFrame("**Lima** is the `capital` of [Peru](https://peru.example)."))
        await run.clock.sleep(1)

    in_a_run(make, play)
    (asked,) = [voice.asked for voice in voices]
    assert asked == ["Lima is the capital of Peru."]
    assert [frame.text for frame in behind.of(TTSStartedFrame)] == asked
