"""Neighbours that handle the same frame run in a row, and nobody can tell."""

from bots.engine.core.observer import BaseObserver
from bots.engine.core.processor import FrameProcessor, handles
from bots.engine.frames import ErrorFrame, TextFrame
from tests.engine.core.probes import UP, Probe, Run, in_a_run


class Note(FrameProcessor):
    """Writes down that it was here."""

    def __init__(self, name: str, told: list[str]) -> None:
        super().__init__(name=name)
        self.told = told

    @handles(TextFrame)
    async def on_text(self, frame: TextFrame) -> None:
        self.told.append(f"{self.name} {frame.text}")


class Failing(Note):
    @handles(TextFrame)
    async def on_text(self, frame: TextFrame) -> None:
        raise ValueError("broken")


class Last(Note):
    @handles(TextFrame, consume=True)
    async def on_text(self, frame: TextFrame) -> None:
        self.told.append(f"{self.name} {frame.text}")


async def two_texts(run: Run) -> None:
    await run.task.queue_frames([TextFrame("1"), TextFrame("2")])
    await run.clock.sleep(1)


def test_one_that_fails_costs_its_neighbours_nothing() -> None:
    told: list[str] = []
    front, probe = Probe("front"), Probe("behind")
    row = [Note("a", told), Failing("b", told), Note("c", told)]
    in_a_run(lambda: Run(front, *row, probe), two_texts)
    assert told == ["a 1", "c 1", "a 2", "c 2"]
    assert [frame.text for frame in probe.of(TextFrame)] == ["1", "2"]
    assert [frame.processor for frame in front.of(ErrorFrame, direction=UP)] == ["b", "b"]


def test_one_that_consumes_ends_the_row() -> None:
    told: list[str] = []
    probe = Probe("behind")
    in_a_run(lambda: Run(Note("a", told), Last("b", told), Note("c", told), probe), two_texts)
    assert told == ["a 1", "b 1", "a 2", "b 2"]
    assert probe.of(TextFrame) == []


def test_an_observer_sees_every_hop_between_neighbours() -> None:
    class Hops(BaseObserver):
        frame_types = (TextFrame,)

        async def on_push_frame(self, source, destination, frame, direction, timestamp) -> None:
            told.append(f"{source.name}>{destination.name if destination else ''}")

    told: list[str] = []
    row = [Note("a", told), Note("b", told), Note("c", told)]
    in_a_run(lambda: Run(*row, observers=[Hops()]), two_texts)
    assert told[:7] == ["PipelineSource>a", "a 1", "a>b", "b 1", "b>c", "c 1", "c>"]
