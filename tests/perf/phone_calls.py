"""Simulated telephone calls in real time, in their own process: `python -m tests.perf.phone_calls '{"calls": 20}'`.

Each caller's carrier sends a media message every 20 ms and takes the bot's as a carrier does: it plays them a little
later, returns their marks when they are played, and drops what is cleared. The call is the product's: serializer, line,
voice detection, aggregators, journal, recorder, playout paced by the clock.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from base64 import b64encode
from collections import deque
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from time import process_time
from typing import Any

from bots.engine.audio.g711 import ulaw_encode
from bots.engine.audio.resampler import resample_once
from bots.engine.audio.silero import SileroVADAnalyzer
from bots.engine.audio.silero_batch import SileroBatcher
from bots.engine.audio.silero_model import shared_model
from bots.engine.core.journal import JournalEvent
from bots.engine.transports.carrier import CarrierLine
from bots.engine.transports.media_stream import StreamStarted
from bots.hosting.garbage import settle_collector
from telephony.serializers.twilio import TwilioFrameSerializer

from .canned import Setting, SimulatedCall
from .machine import pin, private_bytes, waited_seconds
from .simulation import spoken
from .table import share

BLOCK_SECS = 0.02
RATE = 8000
PERIOD = 7.0
PLAYED_AFTER = 0.15
"""Seconds between a frame's arrival at the far end and its sound."""

AHEAD = 0.04
"""Seconds that a frame is ahead of its time at the least, but for the first of a run."""


@dataclass(frozen=True, slots=True)
class PhonePlan:
    """What to simulate; seconds. ``only_far_ends``: the carriers without the calls."""

    calls: int
    seconds: float = 10.0
    warm: float = 4.0
    only_far_ends: bool = False


class MeasuredLine(CarrierLine):
    """Remembers until when each frame should be at the socket."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.latest: deque[float] = deque()
        self._run_start = self._last = 0.0

    def sound_at(self, due: float) -> None:
        super().sound_at(due)
        if due > self._last + BLOCK_SECS + 1e-6:
            self._run_start = due
        self._last = due
        self.latest.append(max(self._run_start, due - AHEAD))

    def sound_ends(self) -> None:
        super().sound_ends()
        if self.latest:
            # A last block that is not full waits until it is due: more sound may come to fill it.
            self.latest[-1] = self._last

    def clear(self) -> float:
        unplayed = super().clear()
        self.latest.clear()
        return unplayed


class FarEnd:
    """A carrier that speaks for its caller and listens; times in seconds of the loop's clock."""

    def __init__(self, payloads: Sequence[str], place: int) -> None:
        self.payloads, self._place = payloads, place
        self.loop = asyncio.get_running_loop()
        self.frames = self.marks = self._chunk = 0
        self.late: list[float] = []
        self._plays_until = 0.0

    async def hear(self, line: Any) -> None:
        """Send the caller's next 20 ms."""
        self._chunk += 1
        payload = self.payloads[(self._place + self._chunk) % len(self.payloads)]
        await line.feed(
            f'{{"event":"media","sequenceNumber":"{self._chunk + 1}","streamSid":"MZ1","media":{{"track":"inbound",'
            f'"chunk":"{self._chunk}","timestamp":"{self._chunk * 20}","payload":"{payload}"}}}}'
        )

    def take(self, message: str | bytes, line: Any) -> None:
        """Take a message of the server."""
        text, now = str(message), self.loop.time()
        if text.startswith('{"event":"media"'):
            self.frames += 1
            self._plays_until = max(self._plays_until, now + PLAYED_AFTER) + BLOCK_SECS
        elif text.startswith('{"event":"mark"'):
            self.loop.call_at(max(self._plays_until, now), lambda: self._return(text, line))
        else:
            self._plays_until = now

    def _return(self, mark: str, line: Any) -> None:
        self.marks += 1
        asyncio.ensure_future(line.feed(mark))  # noqa: RUF006 (it runs at once: a mark waits for nothing)


class NoCall:
    """In the place of a line: takes messages and drops them."""

    async def feed(self, message: str) -> None:
        json.loads(message)


class PhoneCall(SimulatedCall):
    """A call with canned services over a carrier's stream."""

    def __init__(self, setting: Setting, far_end: FarEnd) -> None:
        super().__init__(setting)
        self.far_end = far_end
        self.late: list[float] = []
        self.replies: list[float] = []
        self._quiet_at: float | None = None
        self.journal.listen(self._note)
        started = StreamStarted("MZ1", "CA1")
        self.phone = MeasuredLine(
            self.transport, TwilioFrameSerializer("MZ1"), started, self._send, self._close, self._over
        )
        self._writing: asyncio.Task[None] | None = None

    async def __aenter__(self) -> PhoneCall:  # noqa: PYI034 (as its parent)
        await self.transport.attach(self.phone)
        self._run = asyncio.create_task(self.task.run())
        self._writing = asyncio.create_task(self.phone.run())
        async with asyncio.timeout(10):
            while not self.transport.input().live:  # noqa: ASYNC110 (once, before anything is measured)
                await asyncio.sleep(0.001)
        return self

    async def __aexit__(self, *error: object) -> None:
        await super().__aexit__(*error)
        assert self._writing is not None
        self._writing.cancel()
        await asyncio.wait({self._writing})

    def _note(self, event: JournalEvent) -> None:
        if event.kind == "user.stopped":
            self._quiet_at = self.clock.now()

    async def _send(self, message: str | bytes) -> None:
        if str(message).startswith('{"event":"media"') and self.phone.latest:
            now = self.clock.now()
            self.late.append(now - self.phone.latest.popleft())
            if self._quiet_at is not None:
                self.replies.append(now - self._quiet_at)
                self._quiet_at = None
        self.far_end.take(message, self.phone)

    async def _close(self, code: int, reason: str) -> None:
        """Nothing is open."""

    async def _over(self, reason: str) -> None:
        """The run ends it."""


async def carry(line: Any, far_end: FarEnd, offset: float, until: float) -> None:
    """Send 20 ms messages when they are due; ``offset`` shifts the caller's phase."""
    loop = asyncio.get_running_loop()
    due = loop.time() + offset % BLOCK_SECS
    while due < until:
        await asyncio.sleep(due - loop.time())
        await far_end.hear(line)
        due += BLOCK_SECS


async def simulate(plan: PhonePlan) -> dict[str, float]:
    """Run the plan; CPU ms per call-second, private MB a call, lateness and reply ms."""
    sound = ulaw_encode(resample_once(spoken(PERIOD), 16000, RATE))
    payloads = [b64encode(sound[at : at + 160]).decode() for at in range(0, len(sound) - 159, 160)]
    batcher = SileroBatcher()
    shared_model()
    setting = Setting(vad=lambda: SileroVADAnalyzer(batcher=batcher), reply_secs=2.5, rate=RATE)
    loop = asyncio.get_running_loop()
    async with PhoneCall(setting, FarEnd(payloads, 0)) as first:
        await carry(first.phone, first.far_end, 0.0, loop.time() + 3.0)
    memory_before = private_bytes()
    settle_collector()
    async with AsyncExitStack() as stack:
        far_ends = [FarEnd(payloads, number * len(payloads) // plan.calls) for number in range(plan.calls)]
        calls = [] if plan.only_far_ends else [
            await stack.enter_async_context(PhoneCall(setting, far_end)) for far_end in far_ends
        ]  # fmt: skip
        until = loop.time() + plan.warm + plan.seconds
        lines = [call.phone for call in calls] or [NoCall() for _ in far_ends]
        carried = [
            asyncio.create_task(carry(line, far_end, 0.0013 * number, until))
            for number, (line, far_end) in enumerate(zip(lines, far_ends, strict=True))
        ]
        await asyncio.sleep(plan.warm)
        found = await watch(plan, calls, far_ends, memory_before)
        await asyncio.gather(*carried)
    batcher.close()
    return found


async def watch(
    plan: PhonePlan, calls: Sequence[PhoneCall], far_ends: Sequence[FarEnd], memory_before: int
) -> dict[str, float]:
    """Let the calls run and return what they used meanwhile."""
    loop = asyncio.get_running_loop()
    for call in calls:
        call.late.clear()
        call.replies.clear()
    frames, marks = sum(far.frames for far in far_ends), sum(far.marks for far in far_ends)
    used, began, waited = process_time(), loop.time(), waited_seconds()
    await asyncio.sleep(plan.seconds)
    used, passed, waited = process_time() - used, loop.time() - began, waited_seconds() - waited
    late = [max(0.0, seconds) for call in calls for seconds in call.late] or [0.0]
    replies = [seconds for call in calls for seconds in call.replies] or [0.0]
    return {
        "cpu_ms": used * 1000 / (passed * plan.calls),
        "load": used / passed,
        "waited": waited / passed,
        "memory_mb": (private_bytes() - memory_before) / plan.calls / 1e6,
        "late_p99_ms": share(late, 0.99) * 1000,
        "late_max_ms": max(late) * 1000,
        "behind_share": sum(seconds > 0.001 for seconds in late) / len(late),
        "reply_p50_ms": share(replies, 0.5) * 1000,
        "reply_p99_ms": share(replies, 0.99) * 1000,
        "replies": len(replies),
        "spoken_share": (sum(far.frames for far in far_ends) - frames) * BLOCK_SECS / (passed * plan.calls),
        "marks": (sum(far.marks for far in far_ends) - marks) / (passed * plan.calls),
    }


def run_apart(plan: PhonePlan) -> dict[str, float]:
    """Simulate in a fresh process, so that one measurement leaves nothing to the next."""
    given = json.dumps({name: getattr(plan, name) for name in PhonePlan.__slots__})
    done = subprocess.run(
        [sys.executable, "-m", "tests.perf.phone_calls", given], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(done.stderr)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def main(given: str) -> None:
    """Simulate what ``given`` says, a JSON object of :class:`PhonePlan`'s fields, and print the result."""
    pin()
    print(json.dumps(asyncio.run(simulate(PhonePlan(**json.loads(given))))))


if __name__ == "__main__":
    main(sys.argv[1])
