"""What every processor and service must do, as functions that a provider's tests call (DESIGN 5, lessons T13, T14).

Each builds a small pipeline around what ``make`` returns, plays it on the running loop, virtual or real, and raises
:class:`ContractBroken` with a sentence when something is not as documented.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from itertools import pairwise
from typing import Any, TypeVar

from bots.engine.clock import SystemClock
from bots.engine.context.context import LLMContext
from bots.engine.core.outcome import Outcome
from bots.engine.core.params import PipelineParams
from bots.engine.core.pipeline import Pipeline
from bots.engine.core.processor import FrameProcessor
from bots.engine.core.task import PipelineTask
from bots.engine.errors import EngineError
from bots.engine.frames import (
    BotSpeakingFrame,
    EndFrame,
    ErrorFrame,
    Frame,
    FrameDirection,
    FunctionCallsStartedFrame,
    InputAudioRawFrame,
    LLMContextFrame,
    LLMFullResponseEndFrame,
    LLMFullResponseStartFrame,
    LLMRunFrame,
    LLMTextFrame,
    LLMUsageMetricsData,
    MetricsFrame,
    STTMuteFrame,
    SystemFrame,
    TranscriptionFrame,
    TTFBMetricsData,
    TTSAudioRawFrame,
    TTSSpeakFrame,
    TTSStartedFrame,
    TTSStoppedFrame,
    TTSWordsFrame,
    UserStartedSpeakingFrame,
    UserStoppedSpeakingFrame,
)
from bots.engine.services.llm import LLMService
from bots.engine.services.stt import STTService
from bots.engine.services.tts import TTSService

P = TypeVar("P", bound=FrameProcessor)
DOWN, UP = FrameDirection.DOWNSTREAM, FrameDirection.UPSTREAM
BLOCK_SECS = 0.02
LIMIT = 30.0
END_LIMIT = 5.0


class ContractBroken(EngineError):
    """A processor or service does not behave as documented."""

    code = "testing.contract"
    next_step = "Compare the service with the sentence; the documents' rule is named beside it."


def _demand(holds: bool, otherwise: str) -> None:
    if not holds:
        raise ContractBroken(otherwise)


class _End(FrameProcessor):
    """Notes everything that reaches one side of the processor under test."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[tuple[Frame, FrameDirection]] = []
        self._news = asyncio.Event()

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        self.seen.append((frame, direction))
        self._news.set()
        await self.push_frame(frame, direction)

    def of(self, *kinds: type[Frame], direction: FrameDirection = DOWN) -> list[Any]:
        return [frame for frame, way in self.seen if way is direction and isinstance(frame, kinds)]

    async def wait_for(self, kind: type[Frame], count: int = 1, direction: FrameDirection = DOWN) -> None:
        try:
            async with asyncio.timeout(LIMIT):
                while len(self.of(kind, direction=direction)) < count:
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            raise ContractBroken(f"No {kind.__name__} came within {LIMIT:g} seconds.") from None


class _Stage:
    """A processor between two ends, in a task that runs."""

    def __init__(self, processor: FrameProcessor, params: PipelineParams | None = None) -> None:
        self.before, self.processor, self.behind = _End(), processor, _End()
        self.task = PipelineTask(
            Pipeline([self.before, processor, self.behind]),
            clock=SystemClock(seed=1),
            params=params or PipelineParams(enable_metrics=True, enable_usage_metrics=True),
            idle_timeout_secs=None,
        )

    async def play(self, script: Callable[[], Awaitable[None]]) -> Outcome:
        tasks = asyncio.all_tasks()
        running = asyncio.create_task(self.task.run())
        try:
            async with asyncio.timeout(LIMIT):
                while self.task.state in ("created", "starting"):
                    await self.task.clock.sleep(0.01)
            _demand(self.task.state == "running", "The processor did not get ready.")
            await script()
        finally:
            asked = self.task.clock.now()
            await self.task.cancel()
            outcome = await running
        _demand(outcome.duration_s - asked < END_LIMIT, "The processor kept the call open for more than five seconds.")
        _demand(not outcome.forced, f"Tasks had to be forced to end: {', '.join(outcome.forced)}.")
        left = {task for task in asyncio.all_tasks() - tasks if task is not running}
        _demand(not left, f"Tasks were left: {', '.join(sorted(task.get_name() for task in left))}.")
        return outcome

    async def send(self, frame: Frame) -> None:
        await self.before.push_frame(frame)


async def processor(make: Callable[[], FrameProcessor], frames: Sequence[Frame] = ()) -> None:
    """Any processor: lets pass what it does not know, once and in order, both ways; ends with the call (PIPE-01…06)."""
    stage = _Stage(make())

    async def script() -> None:
        for frame in frames:
            await stage.send(frame)
        unknown = [LLMRunFrame() for _ in range(3)]
        for sent in unknown:
            await stage.send(sent)
        await stage.behind.wait_for(LLMRunFrame, 3)
        _demand(stage.behind.of(LLMRunFrame) == unknown, "Frames it does not know lost their order, or came twice.")
        up = BotSpeakingFrame()
        await stage.behind.push_frame(up, UP)
        await stage.before.wait_for(BotSpeakingFrame, direction=UP)
        _demand(stage.before.of(BotSpeakingFrame, direction=UP) == [up], "A frame that goes up came more than once.")
        await stage.task.interrupt()
        await stage.send(EndFrame())
        await stage.behind.wait_for(EndFrame)
        _demand(len(stage.behind.of(EndFrame)) == 1, "The end came more than once.")

    await stage.play(script)


async def llm_service(make: Callable[[], LLMService], question: str = "hello", *, cut_after: float = 0.05) -> str:
    """A language model: order of a reply, first-token time, usage; an interruption ends it cleanly (LLM-01…14).

    Returns the text of the answer to ``question``; ``cut_after`` seconds of a second run it is interrupted.
    """
    stage = _Stage(make())
    context = LLMContext([{"role": "user", "content": question}])
    answer = ""

    async def script() -> None:
        nonlocal answer
        await stage.send(LLMContextFrame(context))
        await stage.behind.wait_for(LLMFullResponseEndFrame)
        shape = [frame for frame, _ in stage.behind.seen if not isinstance(frame, SystemFrame)]
        _demand(
            isinstance(shape[0], LLMFullResponseStartFrame), "A reply does not begin with its start frame (LLM-02)."
        )
        _demand(isinstance(shape[-1], LLMFullResponseEndFrame), "A reply does not end with its end frame (LLM-02).")
        _demand(
            all(isinstance(frame, LLMTextFrame) for frame in shape[1:-1]),
            "Between start and end of a reply stands something that is not its text (LLM-02).",
        )
        answer = "".join(frame.text for frame in stage.behind.of(LLMTextFrame))
        called = stage.behind.of(FunctionCallsStartedFrame)
        _demand(bool(answer.strip() or called), "The model said nothing and called nothing.")
        _demand(not stage.before.of(LLMContextFrame, direction=UP), "The context was not consumed.")
        measured = [type(data) for frame in stage.behind.of(MetricsFrame) for data in frame.data]
        _demand(measured.count(TTFBMetricsData) >= 2, "The time to the first token was not measured (LLM-03).")
        _demand(LLMUsageMetricsData in measured, "The tokens were not counted (LLM-14).")
        await _cut(stage, context, cut_after)

    await stage.play(script)
    return answer


async def _cut(stage: _Stage, context: LLMContext, after: float) -> None:
    await stage.send(LLMContextFrame(context))
    await stage.behind.wait_for(LLMFullResponseStartFrame, 2)
    await stage.task.clock.sleep(after)
    await stage.task.interrupt()
    told = len(stage.behind.of(LLMTextFrame))
    await stage.task.clock.sleep(0.3)
    _demand(len(stage.behind.of(LLMTextFrame)) == told, "Text came after the interruption (SPCH-10).")
    ends = len(stage.behind.of(LLMFullResponseEndFrame))
    _demand(ends == 2, "A reply that was cut off does not end exactly once (LLM-02).")


async def tts_service(make: Callable[[], TTSService], text: str = "Hello there, how are you?") -> bytes:
    """A voice: order of a sentence, sound at its rate, words in order and within the sound; silence after a cut.

    Returns the sound of ``text``, s16le mono at the service's rate (SPCH-05, SPCH-09, SPCH-14).
    """
    service = make()
    stage = _Stage(service)
    sound = b""

    async def script() -> None:
        nonlocal sound
        await stage.send(TTSSpeakFrame(text))
        await stage.behind.wait_for(TTSStoppedFrame)
        _demand(not stage.before.of(ErrorFrame, direction=UP), "Speaking failed.")
        kinds = [type(frame) for frame, _ in stage.behind.seen if isinstance(frame, TTSStartedFrame | TTSAudioRawFrame)]
        _demand(kinds[0] is TTSStartedFrame and TTSAudioRawFrame in kinds, "Sound does not follow the start (SPCH-05).")
        audio = stage.behind.of(TTSAudioRawFrame)
        _demand(
            {frame.sample_rate for frame in audio} == {service.sample_rate}, "Sound has another rate than the service."
        )
        _demand(all(len(frame.audio) % 2 == 0 for frame in audio), "A sample was cut in two.")
        sound = b"".join(frame.audio for frame in audio)
        _demand(any(sound), "The sound is silence.")
        _words_fit(stage.behind.of(TTSWordsFrame)[-1], text, len(sound) / 2 / service.sample_rate)
        await stage.send(TTSSpeakFrame(" ".join([text] * 20)))
        await stage.behind.wait_for(TTSAudioRawFrame, len(audio) + 1)
        await stage.task.interrupt()
        spoken = len(stage.behind.of(TTSAudioRawFrame))
        await stage.task.clock.sleep(0.3)
        _demand(len(stage.behind.of(TTSAudioRawFrame)) == spoken, "Sound came after the interruption (SPCH-10).")

    await stage.play(script)
    return sound


def _words_fit(frame: TTSWordsFrame, text: str, seconds: float) -> None:
    _demand([word.text for word in frame.words] == text.split(), "The words are not those of the text (SPCH-09).")
    _demand(all(word.start <= word.end <= seconds + 0.05 for word in frame.words), "A word ends after the sound.")
    _demand(all(a.end <= b.start + 0.01 for a, b in pairwise(frame.words)), "Words overlap.")


async def stt_service(
    make: Callable[[], STTService], speech: bytes, *, rate: int = 16000, pace: float = 1.0
) -> list[TranscriptionFrame]:
    """A recogniser: passes the sound on, gives one final text an utterance, none while muted (SPCH-01…04).

    ``speech`` is s16le mono; ``pace`` 1 sends it in real time, 0 at once. Returns the final texts of one utterance.
    """
    service = make()
    stage = _Stage(service, PipelineParams(audio_in_sample_rate=rate, enable_metrics=True))
    finals: list[TranscriptionFrame] = []

    async def utter() -> None:
        at, size = stage.task.clock.now(), int(rate * BLOCK_SECS) * 2
        await stage.send(UserStartedSpeakingFrame(at))
        for start in range(0, len(speech), size):
            await stage.send(InputAudioRawFrame(speech[start : start + size], rate, 1, at + start / 2 / rate))
            await stage.task.clock.sleep(BLOCK_SECS * pace)
        await stage.send(UserStoppedSpeakingFrame(stage.task.clock.now(), at + len(speech) / 2 / rate))

    async def script() -> None:
        await utter()
        await stage.behind.wait_for(TranscriptionFrame)
        blocks = -(-len(speech) // (int(rate * BLOCK_SECS) * 2))
        _demand(len(stage.behind.of(InputAudioRawFrame)) == blocks, "Sound was kept back (SPCH-02).")
        finals.extend(stage.behind.of(TranscriptionFrame))
        _demand(len(finals) == 1, "One utterance has more than one final text.")
        _demand(
            bool(finals[0].text.strip() and finals[0].timestamp and finals[0].user_id), "A final text is not complete."
        )
        await stage.send(STTMuteFrame(True))
        await utter()
        await stage.task.clock.sleep(1.0)
        _demand(len(stage.behind.of(TranscriptionFrame)) == 1, "Something was transcribed while muted (SPCH-03).")
        await stage.send(STTMuteFrame(False))

    await stage.play(script)
    return finals
