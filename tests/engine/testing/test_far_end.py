"""The emulated far end: it plays late, in order, and honours a clear."""

import asyncio
from collections.abc import Awaitable, Callable
from itertools import pairwise

import pytest

from bots.engine.clock import SystemClock
from bots.engine.testing.far_end import Distance, FarEnd
from bots.engine.testing.loop import run_virtual
from bots.engine.transports.media_stream import StreamMark, StreamMedia
from tests.engine.transports.carrier.json_stream import JsonFarEnd, JsonStream

BLOCK = b"\x07\x00" * 160


def far_away(play: Callable[[FarEnd, JsonStream], Awaitable[None]], distance: Distance) -> None:
    async def main() -> None:
        await play(FarEnd(SystemClock(seed=1), JsonFarEnd(), distance), JsonStream())

    run_virtual(main())


async def sent(far: FarEnd, *messages: str | bytes | None) -> None:
    for message in messages:
        assert message is not None
        await far.receive(message)


def test_sound_is_heard_late_and_without_gaps_and_its_mark_comes_back_later_still() -> None:
    async def play(far: FarEnd, server: JsonStream) -> None:
        await sent(far, *(server.media(BLOCK, 8000) for _ in range(5)), server.mark("m"))
        found = server.read(await far.inbox.get())
        assert found == StreamMark("m")
        assert far.clock.now() == pytest.approx(0.05 + 0.1 + 0.1 + 0.07)
        assert [block.at for block in far.ear.blocks] == pytest.approx([0.15, 0.17, 0.19, 0.21, 0.23])
        assert far.ear.samples_by_mark(0.2) == {7: 400}

    far_away(play, Distance(there=0.05, back=0.07, buffer=0.1))


def test_a_clear_silences_it_and_returns_all_marks_at_once() -> None:
    async def play(far: FarEnd, server: JsonStream) -> None:
        for number in range(10):
            await sent(far, server.media(BLOCK, 8000), server.mark(str(number)))
        await asyncio.sleep(0.25)
        await sent(far, server.clear())
        await asyncio.sleep(1.0)
        assert far.clears == [pytest.approx(0.3)]
        assert far.ear.plays_until == pytest.approx(0.3)
        names = [server.read(far.inbox.get_nowait()) for _ in range(far.inbox.qsize())]
        assert names == [StreamMark(str(number)) for number in range(10)]

    far_away(play, Distance(there=0.05, back=0.0, buffer=0.1))


def test_an_empty_mark_comes_back_at_once() -> None:
    async def play(far: FarEnd, server: JsonStream) -> None:
        await sent(far, server.mark("empty"))
        await far.inbox.get()
        assert far.clock.now() == pytest.approx(0.12)

    far_away(play, Distance(there=0.05, back=0.07, buffer=0.1))


def test_jitter_delays_and_never_changes_the_order() -> None:
    async def play(far: FarEnd, server: JsonStream) -> None:
        speaking = asyncio.create_task(far.speak(2.0))
        numbers = []
        gaps = set()
        last = far.clock.now()
        for _ in range(100):
            found = server.read(await far.inbox.get())
            assert isinstance(found, StreamMedia)
            numbers.append((found.sequence, found.at_ms))
            gaps.add(round(far.clock.now() - last, 3))
            last = far.clock.now()
        await speaking
        assert numbers == [(number + 1, number * 20) for number in range(100)]
        assert len(gaps) > 10

    far_away(play, Distance(0.05, 0.05, 0.1, jitter=0.05))


@pytest.mark.parametrize("share", [0.3, 1.0])
def test_marks_may_be_lost_single_ones_or_all(share: float) -> None:
    async def play(far: FarEnd, server: JsonStream) -> None:
        await sent(far, *(server.mark(str(number)) for number in range(200)))
        await asyncio.sleep(1.0)
        back = [server.read(far.inbox.get_nowait()) for _ in range(far.inbox.qsize())]
        numbers = [int(found.name) for found in back if isinstance(found, StreamMark)]
        assert (len(numbers) == 0) == (share == 1.0)
        assert len(numbers) < 200
        assert all(b - a <= 2 for a, b in pairwise(numbers))

    far_away(play, Distance(lost_marks=share))
