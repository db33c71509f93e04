"""Frames from one branch in another (PAR-06…08)."""

import pytest

from bots.engine.blocks.errors import BlockSettingWrong
from bots.engine.blocks.filters import NullFilter
from bots.engine.blocks.sharing import ConsumerProcessor, ProducerProcessor
from bots.engine.core.parallel import ParallelPipeline
from bots.engine.core.processor import FrameProcessor, handles
from bots.engine.frames import (
    EndFrame,
    Frame,
    InputAudioRawFrame,
    LLMTextFrame,
    TextFrame,
    TTSAudioRawFrame,
    UserStartedSpeakingFrame,
)
from tests.engine.core.probes import UP, Probe, Run, in_a_run, send, texts


async def is_text(frame: Frame) -> bool:
    return isinstance(frame, TextFrame)


async def louder(frame: Frame) -> Frame:
    assert isinstance(frame, TextFrame)
    return LLMTextFrame(frame.text + "!")


def test_picked_frames_reach_every_consumer_and_flow_on() -> None:  # PAR-06, PAR-07
    producer, one, two, behind = ProducerProcessor(is_text), Probe("one"), Probe("two"), Probe("behind")
    make = lambda: Run(  # noqa: E731
        ParallelPipeline(
            [producer],
            [NullFilter(), ConsumerProcessor(producer), one, NullFilter()],
            [NullFilter(), ConsumerProcessor(producer, transformer=louder), two, NullFilter()],
        ),
        behind,
    )
    in_a_run(make, lambda run: send(run, TextFrame("a"), TextFrame("b"), UserStartedSpeakingFrame(), EndFrame()))
    assert (texts(one), texts(two), texts(behind)) == (["a", "b"], ["a!", "b!"], ["a", "b"])
    assert len(one.of(UserStartedSpeakingFrame)) == len(behind.of(EndFrame)) == 1


def test_without_passthrough_only_the_others_flow_on() -> None:  # PAR-06
    producer, behind, far = ProducerProcessor(is_text, louder, passthrough=False), Probe("behind"), Probe("far")
    audio = TTSAudioRawFrame(b"\0\0", 16000)
    in_a_run(
        lambda: Run(producer, behind, ConsumerProcessor(producer), far),
        lambda run: send(run, TextFrame("a"), audio, EndFrame()),
    )
    assert texts(behind) == [] and behind.of(TTSAudioRawFrame) == [audio] and len(behind.of(EndFrame)) == 1
    assert texts(far) == ["a!"]


def test_the_voice_of_one_branch_is_heard_by_another() -> None:  # PAR-08
    async def is_voice(frame: Frame) -> bool:
        return isinstance(frame, TTSAudioRawFrame)

    async def as_heard(frame: Frame) -> Frame:
        assert isinstance(frame, TTSAudioRawFrame)
        return InputAudioRawFrame(frame.audio, frame.sample_rate, frame.num_channels)

    producer, listener = ProducerProcessor(is_voice, as_heard), Probe("listener")
    parallel = lambda: ParallelPipeline([producer], [ConsumerProcessor(producer), listener, NullFilter()])  # noqa: E731
    in_a_run(lambda: Run(parallel()), lambda run: send(run, TTSAudioRawFrame(b"\1\0", 24000)))
    assert [(frame.audio, frame.sample_rate) for frame in listener.of(InputAudioRawFrame)] == [(b"\1\0", 24000)]


def test_a_consumer_may_send_upstream() -> None:  # PAR-07
    producer, before = ProducerProcessor(is_text), Probe("before")
    make = lambda: Run(before, ConsumerProcessor(producer, direction=UP), producer)  # noqa: E731
    in_a_run(make, lambda run: send(run, TextFrame("a")))
    assert [frame.text for frame in before.of(TextFrame, direction=UP)] == ["a"]


def test_an_interruption_drops_shared_content_and_keeps_what_must_last() -> None:  # PAR-07, FRM-03
    """The consumer waits for a slow follower, so shared frames wait in it."""

    class Slow(FrameProcessor):
        @handles(TextFrame)
        async def work(self, frame: TextFrame) -> None:
            await self.clock.sleep(1)

    async def shares(frame: Frame) -> bool:
        return isinstance(frame, TextFrame | UserStartedSpeakingFrame)

    producer, far = ProducerProcessor(shares), Probe("far")
    parallel = lambda: ParallelPipeline(  # noqa: E731
        [producer, NullFilter()], [NullFilter(), ConsumerProcessor(producer), Slow(), far, NullFilter()]
    )

    async def play(run: Run) -> None:
        await run.task.queue_frames([TextFrame("a"), TextFrame("b"), UserStartedSpeakingFrame()])
        await run.clock.sleep(0.5)
        await run.task.interrupt()
        await run.clock.sleep(5)

    in_a_run(lambda: Run(parallel()), play)
    assert texts(far) == []
    assert len(far.of(UserStartedSpeakingFrame)) == 2


def test_a_filter_or_transformer_that_fails_is_reported_and_the_flow_goes_on() -> None:  # PAR-06, PAR-07
    async def fails(frame: Frame) -> Frame:
        raise RuntimeError("no")

    producer, far = ProducerProcessor(is_text), Probe("far")
    run = in_a_run(
        lambda: Run(producer, ConsumerProcessor(producer, transformer=fails), far),
        lambda run: send(run, TextFrame("a"), TextFrame("b")),
    )
    assert run.codes() == ["engine.error"] * 2
    assert texts(far) == ["a", "b"]


def test_a_consumer_needs_a_producer_and_both_need_functions() -> None:
    with pytest.raises(BlockSettingWrong, match="producer"):
        ConsumerProcessor(Probe())  # type: ignore[arg-type]
    with pytest.raises(BlockSettingWrong, match="filter"):
        ProducerProcessor(None)  # type: ignore[arg-type]
    with pytest.raises(BlockSettingWrong, match="transformer"):
        ProducerProcessor(is_text, 3)  # type: ignore[arg-type]
    with pytest.raises(BlockSettingWrong, match="direction"):
        ConsumerProcessor(ProducerProcessor(is_text), direction=1)  # type: ignore[arg-type]
