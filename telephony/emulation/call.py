"""One emulated call, from the first webhook to the last status: what a person with a telephone would live through."""

from __future__ import annotations

import asyncio
import json
import random
import secrets
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import aiohttp

from .documents import Verb
from .person import Person
from .profile import LineFacts, Profile, Webhook
from .sound import RATE, Earpiece

KEY_S = 0.2
PAUSE_S = 1.0


@dataclass(frozen=True, slots=True)
class Network:
    """How bad the connection is: seconds each way, seconds of jitter, the share of lost messages of sound."""

    delay_s: float = 0.03
    jitter_s: float = 0.0
    loss: float = 0.0
    seed: int = 1


@dataclass(frozen=True, slots=True)
class Moment:
    """Something that happened, at ``at`` seconds of the call."""

    at: float
    what: str
    facts: dict[str, Any]


class EmulatedCall:
    """A call over one carrier to ``server``. The mouth says what :meth:`say` queues, the ear remembers all it hears.

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
        self._network = network or Network()
        self._chance = random.Random(self._network.seed)
        self._told = told or (lambda moment: None)
        self._loop = asyncio.get_running_loop()
        self._began = self._loop.time()
        self.moments: list[Moment] = []
        self.ear = Earpiece(self.now)
        self.mouth = bytearray()
        """What waits to be said."""
        self.said = bytearray()
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self._next: tuple[str, dict[str, str]] | None = None
        self._dialled = dialled
        self._hung_up = asyncio.Event()
        self._statuses = 0
        self._inward: deque[str] = deque()
        self.connected = asyncio.Event()
        self.stream_began = 0.0
        """When the present stream was opened, seconds of the call."""
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

    def say(self, pcm: bytes) -> None:
        """Say s16le at 8 kHz after what waits to be said."""
        self.mouth += pcm

    @property
    def is_waiting(self) -> bool:
        """Whether the bot has said something over this stream and is silent for a second."""
        spoken = self._socket is not None and self.ear.loud_until > self.stream_began
        return spoken and self.ear.quiet_for() > PAUSE_S

    @property
    def is_talking(self) -> bool:
        """Whether the mouth has something to say."""
        return bool(self.mouth)

    async def press(self, keys: str) -> None:
        """Press keys, one after the other."""
        for key in keys:
            self.note("key", key=key)
            await self._send(self.profile.key(self.line, key))
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
        if self._socket is not None:
            self._loop.create_task(self._stop_stream(), name="redirect")

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

    # -- the stream ---------------------------------------------------------------------------------------------------

    async def _stream(self, verb: Verb) -> None:
        self.line.stream_id = f"MZ{secrets.token_hex(16)}"
        self.line.sequence = self.line.chunk = 0
        async with self._session.ws_connect(verb.text, max_msg_size=1 << 20, heartbeat=None) as socket:
            self._socket, self.stream_began = socket, self.now()
            self.note("stream opened")
            for message in (self.profile.hello(self.line), self.profile.start(self.line, verb.custom)):
                if message is not None:
                    await self._send(message)
            self.connected.set()
            speaking = self._loop.create_task(self._speak(), name="caller's mouth")
            ending = self._loop.create_task(self._end_with_the_call(), name="caller's receiver")
            try:
                async for heard in socket:
                    if heard.type is aiohttp.WSMsgType.TEXT:
                        self._loop.call_later(self._way(), self._hear, heard.data)
            finally:
                for task in (speaking, ending):
                    task.cancel()
                for result in await asyncio.gather(speaking, ending, return_exceptions=True):
                    if isinstance(result, Exception):
                        self.note("broken", why=f"{type(result).__name__}: {result}")
                self._socket = None
                self.note("stream closed", code=socket.close_code)

    def _way(self) -> float:
        return self._network.delay_s + self._chance.random() * self._network.jitter_s

    def _hear(self, text: str) -> None:
        kind, value = self.profile.read(text)
        if kind == "media":
            self.ear.take(value)
        elif kind == "mark":
            self.ear.mark(lambda: self._answer(self.profile.mark(self.line, value)))
        elif kind == "clear":
            self.note("clear")
            self.ear.clear()

    def _answer(self, message: dict[str, Any]) -> None:
        self._loop.call_later(self._network.delay_s, lambda: self._loop.create_task(self._send(message), name="mark"))

    async def _speak(self) -> None:
        """Send the caller's sound by the clock, silence where there is none."""
        step_s = self.profile.chunk_ms / 1000
        size = round(RATE * step_s) * 2
        due, at_ms = self._loop.time(), 0
        while True:
            due += step_s
            await asyncio.sleep(max(0.0, due - self._loop.time()))
            chunk = bytes(self.mouth[:size]).ljust(size, b"\0")
            del self.mouth[:size]
            self.said += bytes(max(0, round((self.now() - step_s) * RATE) * 2 - len(self.said)))
            self.said += chunk
            message = self.profile.media(self.line, self.profile.encode(chunk), at_ms)
            at_ms += self.profile.chunk_ms
            if self._chance.random() >= self._network.loss:
                await self._send(message)

    async def _end_with_the_call(self) -> None:
        await self._hung_up.wait()
        await self._stop_stream()

    async def _stop_stream(self) -> None:
        if (message := self.profile.stop(self.line)) is not None:
            await self._send(message)
        if self._socket is not None:
            await self._socket.close()

    async def _send(self, message: dict[str, Any]) -> None:
        if self._socket is not None and not self._socket.closed:
            try:
                await self._socket.send_str(json.dumps(message))
            except (ConnectionError, aiohttp.ClientError):
                return
