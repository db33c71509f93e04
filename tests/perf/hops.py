"""What it costs to take a frame through a pipeline (DESIGN section 4)."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable, Sequence
from time import perf_counter, perf_counter_ns
from typing import Self

from bots.engine.core.observer import BaseObserver
from bots.engine.core.pipeline import Pipeline
from bots.engine.core.processor import FrameProcessor, handles
from bots.engine.core.task import PipelineTask
from bots.engine.frames import Frame, FrameDirection, InputAudioRawFrame, StartFrame, UserStoppedSpeakingFrame

from . import peers
from .table import Figure, middle

BLOCK = bytes(640)


class Injector(FrameProcessor):
    """The first processor: pushes what the measurement gives it."""


class Counter(FrameProcessor):
    """The last processor: counts what arrives."""

    def __init__(self) -> None:
        super().__init__()
        self.arrived = 0
        self.running = asyncio.Event()

    @handles(StartFrame)
    async def on_start(self, frame: StartFrame) -> None:
        self.running.set()

    @handles(InputAudioRawFrame, consume=True)
    async def on_audio(self, frame: InputAudioRawFrame) -> None:
        self.arrived += 1


class Bystander(FrameProcessor):
    """Names another frame, so audio flows by without entering it."""

    @handles(UserStoppedSpeakingFrame)
    async def on_stop(self, frame: UserStoppedSpeakingFrame) -> None:
        """Nothing to do."""


class Handler(FrameProcessor):
    """Names the frame; it goes on by itself."""

    @handles(InputAudioRawFrame)
    async def on_audio(self, frame: InputAudioRawFrame) -> None:
        """Nothing to do."""


class Overrider(FrameProcessor):
    """Sees everything and pushes it on, as the documents show."""

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        await self.push_frame(frame, direction)


SHAPES: dict[str, type[FrameProcessor]] = {
    "by type (frame not named)": Bystander,
    "@handles in each": Handler,
    "process_frame in each": Overrider,
}


class Running:
    """A pipeline while its task runs: an injector, ``parts``, and a counter unless ``last`` is among the parts."""

    def __init__(
        self,
        parts: Sequence[FrameProcessor],
        observers: Sequence[BaseObserver] = (),
        *,
        last: Counter | None = None,
    ) -> None:
        self.first, self.last = Injector(), last or Counter()
        whole = [self.first, *parts] if last is not None else [self.first, *parts, self.last]
        self.task = PipelineTask(Pipeline(whole), observers=observers)
        self._run: asyncio.Task[object] | None = None

    async def __aenter__(self) -> Self:
        self._run = asyncio.create_task(self.task.run())
        await self.last.running.wait()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.task.cancel()
        assert self._run is not None
        await self._run

    async def frames_per_second(self, frames: int) -> float:
        frame, push, before = InputAudioRawFrame(BLOCK, 16000), self.first.push_frame, self.last.arrived
        began = perf_counter()
        for _ in range(frames):
            await push(frame)
        seconds = perf_counter() - began
        assert self.last.arrived - before == frames
        return frames / seconds

    async def one_frame_us(self, times: int) -> float:
        frame, push, seen = InputAudioRawFrame(BLOCK, 16000), self.first.push_frame, []
        for _ in range(times):
            await asyncio.sleep(0)
            began = perf_counter_ns()
            await push(frame)
            seen.append((perf_counter_ns() - began) / 1000)
        return middle(seen)


def reference(amount: int) -> Callable[[object], None]:
    """Return the least there is: ``amount`` plain calls in a row, then a count."""
    arrived = [0]

    def end(frame: object) -> None:
        arrived[0] += 1

    def step(onward: Callable[[object], None]) -> Callable[[object], None]:
        def pass_on(frame: object) -> None:
            onward(frame)

        return pass_on

    for _ in range(amount):
        end = step(end)
    return end


def reference_rate(amount: int, frames: int) -> float:
    """Return frames per second through plain calls."""
    call, frame = reference(amount), InputAudioRawFrame(BLOCK, 16000)
    began = perf_counter()
    for _ in range(frames):
        call(frame)
    return frames / (perf_counter() - began)


def reference_us(amount: int, times: int) -> float:
    """Return microseconds for one frame through plain calls."""
    call, frame, seen = reference(amount), InputAudioRawFrame(BLOCK, 16000), []
    for _ in range(times):
        began = perf_counter_ns()
        call(frame)
        seen.append((perf_counter_ns() - began) / 1000)
    return middle(seen)


async def _measure(quick: bool) -> list[Figure]:
    rounds, frames = (3, 5_000) if quick else (7, 40_000)
    rates: dict[tuple[str, int], list[float]] = {}
    alone: dict[str, list[float]] = {}
    for _ in range(rounds):
        for amount in (1, 10, 20):
            rates.setdefault(("", amount), []).append(reference_rate(amount, frames))
            for shape, kind in SHAPES.items():
                async with Running([kind() for _ in range(amount)]) as running:
                    await running.frames_per_second(200)
                    gc.collect()
                    rates.setdefault((shape, amount), []).append(await running.frames_per_second(frames))
                    if amount == 10:
                        alone.setdefault(shape, []).append(await running.one_frame_us(500))
        alone.setdefault("", []).append(reference_us(10, 500))
    known = {1: peers.FRAMES_1, 10: peers.FRAMES_10, 20: peers.FRAMES_20}
    found = []
    for shape in SHAPES:
        found += [
            Figure(f"frames/s through {amount}, {shape}", middle(rates[shape, amount]), "/s", more=True,
                   reference=middle(rates["", amount]), **known[amount])
            for amount in known
        ]  # fmt: skip
        found.append(
            Figure(f"one frame alone through 10, {shape}", middle(alone[shape]), "us", reference=middle(alone[""]),
                   **peers.ALONE_US)
        )  # fmt: skip
    return found


def measure(*, quick: bool) -> list[Figure]:
    """Measure the three shapes and plain calls, interleaved."""
    return asyncio.run(_measure(quick))
