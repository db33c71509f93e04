"""Simulated calls to a running server: voices for the callers, an exchange for the carrier's side, a recogniser."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Self
from urllib.parse import urlsplit

import aiohttp

from .call import EmulatedCall, Moment
from .dialling import Callee, Dialler, PlacedCall
from .exchange import Exchange, new_call_id
from .profile import LineFacts
from .profiles import PROFILES
from .receiver import Network
from .script import Step, act_out
from .voices import Voices, sounds_of


@dataclass(frozen=True, slots=True)
class Simulation:
    """Whom to call and how.

    ``emulator`` is where the server looks for the carrier's REST interface; ``dialled`` what people do to whom the bot
    transfers the caller; ``expected`` are sentences that the bot may say, which helps the recogniser.
    """

    carrier: str
    server: str
    slug: str
    account_id: str
    number: str
    caller: str
    steps: list[Step]
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    hook_key: str = field(default="", repr=False)
    longest_s: float = 120.0
    delay_s: float = 0.03
    jitter_s: float = 0.0
    loss: float = 0.0
    emulator: str = ""
    dialled: str = "answers"
    expected: tuple[str, ...] = ()

    @property
    def secret(self) -> str:
        """The secret that the carrier signs with."""
        return next(iter(self.secrets.values()), "")


@dataclass(frozen=True, slots=True)
class Finding:
    """A call that is over, and the words that were heard."""

    call: EmulatedCall
    heard: str


class Simulator:
    """Makes and takes simulated calls: ``async with Simulator(emulator) as simulator: await simulator.call(…)``.

    ``emulator`` is where the server looks for the carriers' REST interfaces, which are there while it is open; OSError
    when that address is taken.
    """

    def __init__(self, emulator: str = "", told: Callable[[PlacedCall, Moment], None] | None = None) -> None:
        self.callee = Callee()
        """Who takes the calls that the server places."""
        self._voices = Voices()
        self.dialler = Dialler(self._voices, lambda number: self.callee, told)
        self.exchange = Exchange(self.dialler)
        self._port = urlsplit(emulator).port if emulator else None

    async def __aenter__(self) -> Self:
        if self._port is not None:
            await self.exchange.start(self._port)
        await self._voices.start()
        self._session = self.dialler.session = aiohttp.ClientSession()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.dialler.finish()
        await self._session.close()
        await self.exchange.stop()
        await self._voices.close()

    async def call(self, simulation: Simulation, tell: Callable[[str], None] | None = None) -> Finding:
        """Make a call, live through it and listen to what was heard; ``tell`` hears of every moment."""
        call = self._call(simulation, tell or (lambda line: None))
        self.exchange.calls[call.line.call_id] = call
        acts = act_out(call, simulation.steps, await sounds_of(simulation.steps, self._voices))
        acting = asyncio.create_task(acts, name="caller")
        try:
            async with asyncio.timeout(simulation.longest_s):
                await call.run()
        except TimeoutError:
            call.hang_up()
            call.outcome = "too long"
        finally:
            acting.cancel()
            await asyncio.gather(acting, return_exceptions=True)
        return Finding(call, await self._voices.understand(call.ear.track(), simulation.expected))

    def _call(self, simulation: Simulation, tell: Callable[[str], None]) -> EmulatedCall:
        line = LineFacts(
            call_id=new_call_id(simulation.carrier), from_number=simulation.caller, to_number=simulation.number,
            account_id=simulation.account_id, secret=simulation.secret, hook_key=simulation.hook_key,
        )  # fmt: skip
        base = f"{simulation.server}/telephony/{simulation.slug}"
        key = f"?key={simulation.hook_key}" if simulation.carrier == "exotel" else ""
        network = Network(simulation.delay_s, simulation.jitter_s, simulation.loss)
        return EmulatedCall(
            PROFILES[simulation.carrier], line, self._session, voice_url=f"{base}/voice{key}",
            status_url=f"{base}/status{key}", network=network, told=lambda moment: tell(shown(moment)),
            dialled=simulation.dialled,
        )  # fmt: skip


def shown(moment: Moment) -> str:
    """Return a moment as a line."""
    facts = " ".join(f"{name}={value}" for name, value in moment.facts.items() if value not in ("", None))
    return f"{moment.at:7.2f}  {moment.what} {facts}".rstrip()
