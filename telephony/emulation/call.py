"""One emulated call, from the first webhook to the last status: what a person with a telephone would live through."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import aiohttp

from .documents import Verb
from .person import Person
from .profile import LineFacts, Profile, Webhook
from .receiver import Network, Receiver
from .sound import Earpiece

KEY_S = 0.2
PAUSE_S = 1.0


@dataclass(frozen=True, slots=True)
class Moment:
    """Something that happened, at ``at`` seconds of the call."""

    at: float
    what: str
    facts: dict[str, Any]


class EmulatedCall:
    """A call over one carrier to ``server``. Its :attr:`receiver` speaks, its :attr:`ear` remembers all it hears.

    ``told`` hears of every :class:`Moment`. ``dialled`` is what people do whom the server lets the carrier dial:
    ``answers``, ``declines`` (the key is not pressed), ``busy``, ``no-answer``. :meth:`run` lives through the call; the
    other methods act in it.
    """

    def __init__(
        self,
        profile: Profile,
        line: LineFacts,
        session: aiohttp.ClientSession,
        *,
        voice_url: str,
        status_url: str,
        network: Network | None = None,
        told: Callable[[Moment], None] | None = None,
        dialled: str = "answers",
    ) -> None:
        self.profile, self.line = profile, line
        self._session, self._voice_url, self._status_url = session, voice_url, status_url
        self._told = told or (lambda moment: None)
        self._loop = asyncio.get_running_loop()
        self._began = self._loop.time()
        self.moments: list[Moment] = []
        self.ear = Earpiece(self.now)
        self.receiver = Receiver(profile, line, network or Network(), self.ear, self.now, self.note)
        self._next: tuple[str, dict[str, str]] | None = None
        self._dialled = dialled
        self._hung_up = asyncio.Event()
        self._statuses = 0
        self.over = asyncio.Event()
        self.outcome = ""

    def now(self) -> float:
        """Seconds since the call began."""
        return self._loop.time() - self._began

    def note(self, what: str, **facts: Any) -> None:
        """Write down what happened."""
        moment = Moment(round(self.now(), 3), what, facts)
        self.moments.append(moment)
        self._told(moment)

    # -- what the person does -----------------------------------------------------------------------------------------

    @property
    def is_waiting(self) -> bool:
        """Whether the bot has said something over this stream and is silent for a second."""
        began = self.receiver.began
        return began is not None and self.ear.loud_until > began and self.ear.quiet_for() > PAUSE_S

    async def press(self, keys: str) -> None:
        """Press keys, one after the other."""
        for key in keys:
            self.note("key", key=key)
            await self.receiver.press(key)
            await asyncio.sleep(KEY_S)

    def hang_up(self) -> None:
        """Put the receiver down."""
        if not self._hung_up.is_set():
            self.note("hung up by the caller")
            self._hung_up.set()

    # -- what the carrier is told over its REST interface ------------------------------------------------------------

    def end(self) -> None:
        """End the call: the server asked for that."""
        if not self._hung_up.is_set():
            self.note("hung up by the server")
            self._hung_up.set()

    def redirect(self, url: str) -> None:
        """Leave the stream and ask another address."""
        self.note("redirected")
        self._next = (url, {})
        self._leaving = self._loop.create_task(self.receiver.stop(), name="redirect")

    # -- the call -----------------------------------------------------------------------------------------------------

    async def run(self) -> str:
        """Live through the call; returns how it ended in the carrier's words: completed, busy, failed."""
        try:
            outcome = await self._begin()
            if not outcome:
                verbs = await self.ask(self._voice_url, self.profile.voice_form(self.line))
                outcome = await self._follow(verbs)
            self.outcome = outcome
        except (aiohttp.ClientError, OSError, ValueError, TimeoutError) as error:
            self.note("failed", why=f"{type(error).__name__}: {error}"[:200])
            self.outcome = "failed"
        await self.status(self.outcome)
        self.note("over", outcome=self.outcome)
        self.over.set()
        return self.outcome

    async def _begin(self) -> str:
        """Live through what comes before the first question; returns how the call ended if it did."""
        await self.status("ringing")
        return ""

    async def status(self, status: str) -> None:
        """Tell the server how the call stands; what it answers does not matter."""
        form = self.profile.status_form(self.line, status, self._statuses, round(self.now()))
        self._statuses += 1
        await self.tell(form, status)

    async def tell(self, form: dict[str, str], status: str) -> None:
        """Tell the server something at its status address."""
        try:
            answer = await self._request(self.profile.webhook(self.line, self._status_url, form))
            self.note("status", status=status, answer=answer[0])
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            self.note("status failed", status=status, why=type(error).__name__)

    async def ask(self, url: str, form: dict[str, str]) -> list[Verb]:
        """Ask the server what to do."""
        status, body = await self._request(self.profile.webhook(self.line, url, form))
        self.note("document", status=status)
        if status >= 400:
            raise ValueError(f"the server answered {status}: {body[:120]}")
        return self.profile.read_document(body)

    async def _request(self, hook: Webhook) -> tuple[int, str]:
        timeout = aiohttp.ClientTimeout(total=15)
        async with self._session.request(
            hook.method, hook.url, data=hook.body or None, headers=dict(hook.headers), timeout=timeout
        ) as answer:
            return answer.status, await answer.text()

    async def _follow(self, verbs: list[Verb]) -> str:
        """Do what the document says; returns the call's last status."""
        answered = self.line.outbound
        while verbs:
            verb = verbs.pop(0)
            if verb.name == "reject" or (verb.name == "hangup" and not answered):
                self.note("rejected", reason=verb.attributes.get("reason", ""))
                return "busy"
            if not answered:
                answered = True
                await self.status("in-progress")
            if verb.name == "hangup" or self._hung_up.is_set():
                break
            await self._do(verb)
            if self._next is not None:
                (url, more), self._next = self._next, None
                verbs = await self.ask(url, {**self.profile.voice_form(self.line), **more})
        return "completed"

    async def _do(self, verb: Verb) -> None:
        if verb.name == "stream":
            await self._stream(verb)
        elif verb.name in ("say", "play"):
            self.note(verb.name, text=verb.text)
            await self.wait(min(2.0, 0.3 + 0.05 * len(verb.text)))
        elif verb.name == "pause":
            await self.wait(float(verb.attributes.get("length", "1")))
        elif verb.name == "dial":
            person = Person(self, verb, self._dialled)
            more = await person.take_part()
            after = verb.attributes.get("action") or ("" if person.talked else self._voice_url)
            self._next = (after, more) if after else None
        elif verb.name == "connect":
            self._next = (self._voice_url.replace("/voice", "/connect", 1), {})
        elif verb.name == "redirect":
            self._next = (verb.text, {})

    async def wait(self, seconds: float) -> None:
        """Let time go by, until the call is hung up."""
        try:
            async with asyncio.timeout(seconds):
                await self._hung_up.wait()
        except TimeoutError:
            return

    async def _stream(self, verb: Verb) -> None:
        """Live through a media stream, until it closes or the call is hung up."""
        async with self._session.ws_connect(verb.text, max_msg_size=1 << 20, heartbeat=None) as socket:
            self.note("stream opened")
            ending = self._loop.create_task(self._end_with_the_call(), name="caller's receiver")
            try:
                await self.receiver.live_through(socket, verb.custom)
            finally:
                ending.cancel()
                await asyncio.gather(ending, return_exceptions=True)
                self.note("stream closed", code=socket.close_code)

    async def _end_with_the_call(self) -> None:
        await self._hung_up.wait()
        await self.receiver.stop()
