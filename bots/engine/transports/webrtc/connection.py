"""A caller's WebRTC connection: one session, however many peer connections it takes (client contract 3 and 4)."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

from aiortc import RTCDataChannel, RTCIceServer
from av import AudioFrame

from bots.engine.core.scope import TaskScope
from bots.engine.core.settings import CHECK

from .candidates import CandidatePolicy, TrickledCandidate
from .channel import MessageChannel
from .offers import Answer, Offer, cleaned_sdp
from .peer import Peer
from .refusals import ConnectionOver, NotConnected, TooManyOffers, UnknownPeer
from .voice import VoiceQueue

log = logging.getLogger(__name__)

MAX_PEERS = 20
MAX_CANDIDATES = 200
MAX_EARLY = 256
GRACE_SECS = 0.5


class ConnectionSink(Protocol):
    """Who takes what a connection brings; called on the loop, must not block."""

    def connected(self, *, again: bool) -> None:
        """Media can flow; ``again`` after a loss or a restart."""

    def lost(self, reason: str) -> None:
        """The network is gone; the client has some time to come back."""

    def gone(self, reason: str) -> None:
        """The client did not connect, left, or did not come back: the session is over."""

    def data(self, raw: str | bytes) -> None:
        """A message of the client arrived."""

    async def audio(self, frame: AudioFrame) -> None:
        """A block of the caller's audio arrived."""


class WebRTCConnection:
    """Offers in, answers out, and one stream of events for the session behind them.

    ``name`` is the opaque stem of the ``pc_id`` values. ``ice_servers`` has the form of ``iceConfig.iceServers``, none
    by default; ``include_loopback`` also offers and admits the machine's own address. Seconds: ``connect_secs`` until
    the first media path, ``left_secs`` after the client closed its side, ``lost_secs`` after the network failed,
    ``silent_secs`` without a ping of a client that pinged before (and, in the last sixth of it, without its audio).
    """

    def __init__(
        self,
        name: str = "pc",
        *,
        ice_servers: Sequence[Mapping[str, Any]] = (),
        include_loopback: bool = False,
        allow_private: bool = True,
        connect_secs: float = 10.0,
        left_secs: float = 3.0,
        lost_secs: float = 30.0,
        silent_secs: float = 30.0,
        voice_rate: int = 24000,
    ) -> None:
        CHECK.seconds(connect_secs=connect_secs, left_secs=left_secs, lost_secs=lost_secs, silent_secs=silent_secs)
        self.name = name
        self.policy = CandidatePolicy(include_loopback, allow_private)
        self.voice = VoiceQueue(voice_rate)
        self.channel = MessageChannel(self._on_data, self._too_slow)
        self.state = "new"
        self._servers = [
            RTCIceServer(list(one["urls"]), one.get("username"), one.get("credential")) for one in ice_servers
        ]
        self._secs = {"connect": connect_secs, "closed": left_secs, "failed": lost_secs, "silent": lost_secs}
        self._silent_secs = silent_secs
        self._loop = asyncio.get_running_loop()
        self._scope = TaskScope(self._task_failed)
        self._lock = asyncio.Lock()
        self._sink: ConnectionSink | None = None
        self._early: list[str | bytes] = []
        self._peer: Peer | None = None
        self._known: set[str] = set()
        self._last: tuple[str, Answer] | None = None
        self._candidates = 0
        self._was_connected = False
        self._timer: asyncio.TimerHandle | None = None
        self._look: asyncio.TimerHandle | None = None
        self._pinged_at: float | None = None
        self._audio_at = 0.0
        self._closing: asyncio.Task[None] | None = None

    @property
    def pc_id(self) -> str | None:
        """The id of the peer connection in use."""
        return self._peer.id if self._peer is not None else None

    def attach(self, sink: ConnectionSink) -> None:
        """Let ``sink`` hear everything from now on, and what came before."""
        self._sink = sink
        early, self._early = self._early, []
        for raw in early:
            sink.data(raw)

    def spawn(self, coroutine: Any, name: str) -> asyncio.Task[Any]:
        """Start a task that ends with the connection."""
        return self._scope.spawn(coroutine, name)

    async def _task_failed(self, name: str, error: Exception) -> None:
        """The scope has logged it; a connection goes on without the task."""

    # -- signalling --------------------------------------------------------------------------------------------------

    async def negotiate(self, offer: Offer) -> Answer:
        """Answer an offer: the first, a repetition of it, a renegotiation, or a restart under the same session.

        Raises SignallingError subclasses with an HTTP status. The same offer posted again gets the same answer, and a
        new first offer replaces a peer connection that never came to be: there is never a second session.
        """
        async with self._lock:
            if self._closing is not None or self.state == "over":
                raise ConnectionOver("The session is over.")
            if self._last is not None and self._last[0] == offer.sdp:
                return self._last[1]
            sdp = cleaned_sdp(offer.sdp, self.policy)
            current = self._peer
            if current is not None and offer.pc_id == current.id and not offer.restart_pc and current.usable:
                answer = Answer(await current.answer(sdp), current.id)
            else:
                answer = await self._new_peer(sdp)
            self._last = (offer.sdp, answer)
            return answer

    async def _new_peer(self, sdp: str) -> Answer:
        if len(self._known) >= MAX_PEERS:
            raise TooManyOffers("The session was offered too many connections.")
        peer_id = f"{self.name}.{len(self._known) + 1}"
        self._known.add(peer_id)
        peer = Peer(
            peer_id, self, self.voice, self._scope,
            ice_servers=self._servers, loopback=self.policy.include_loopback,
        )  # fmt: skip
        answered = False
        try:
            sdp = await peer.answer(sdp)
            answered = True
        finally:
            if not answered:
                await peer.close()
        old, self._peer = self._peer, peer
        self.channel.detach()
        self.state = "connecting"
        self._wait("failed" if self._was_connected else "connect")
        if old is not None:
            self.spawn(old.close(), "webrtc replaced peer")
        return Answer(sdp, peer_id)

    async def add_candidates(self, pc_id: str | None, candidates: Iterable[Any]) -> int:
        """Take trickled candidates; return how many were used. Odd ones are left out; raises UnknownPeer."""
        peer = self._peer
        if self._closing is not None or peer is None or pc_id not in self._known:
            raise UnknownPeer("The peer connection is not known.")
        used = 0
        if pc_id == peer.id:
            for raw in candidates:
                found = TrickledCandidate.read(raw)
                self._candidates += 1
                if found is None or self._candidates > MAX_CANDIDATES or not self.policy.admits(found.candidate):
                    continue
                await peer.add_candidate(found)
                used += 1
        return used

    # -- what peers tell ---------------------------------------------------------------------------------------------

    def peer_state(self, peer: Peer, state: str) -> None:
        """Follow the peer connection in use; one that was replaced has nothing to say (contract 8, point 12)."""
        if peer is not self._peer or self._closing is not None:
            return
        if state == "connected":
            again, self._was_connected = self._was_connected, True
            self.state = "connected"
            self._wait(None)
            self._pinged_at = None
            self._audio_at = self._loop.time()
            self._look_again()
            if self._sink is not None:
                self._sink.connected(again=again)
        else:
            self._lose(state)

    def _lose(self, reason: str) -> None:
        """Wait for the client to come back, if it ever was here; failed attempts to come back may be repeated."""
        if not self._was_connected:
            self._gone("webrtc.not_connected")
        elif self.state != "lost":
            before, self.state = self.state, "lost"
            self.channel.detach()
            self._wait(reason)
            if before == "connected" and self._sink is not None:
                self._sink.lost(reason)

    def peer_channel(self, peer: Peer, channel: RTCDataChannel) -> None:
        """Use the channel that the client opened."""
        if peer is self._peer:
            self.channel.attach(channel)

    async def peer_audio(self, peer: Peer, frame: AudioFrame) -> None:
        """Hand audio of the peer in use on."""
        self._audio_at = self._loop.time()
        if peer is self._peer and self._sink is not None:
            await self._sink.audio(frame)

    def _on_data(self, raw: str | bytes) -> None:
        if isinstance(raw, str) and raw.startswith("ping"):
            self._pinged_at = self._loop.time()
        elif self._sink is not None:
            self._sink.data(raw)
        elif len(self._early) < MAX_EARLY:
            self._early.append(raw)

    # -- time --------------------------------------------------------------------------------------------------------

    def _wait(self, reason: str | None) -> None:
        """Give the client the time that ``reason`` allows before the session is over; None: it is here."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if reason is not None:
            what = "webrtc.not_connected" if reason == "connect" else reason
            self._timer = self._loop.call_later(self._secs[reason], self._gone, what)

    def _look_again(self) -> None:
        """Notice a client that pinged once and is silent now, in words and sound (native clients never ping)."""
        if self._look is not None:
            self._look.cancel()
        self._look = self._loop.call_later(self._silent_secs / 6, self._look_again)
        now = self._loop.time()
        silent = self._pinged_at is not None and now - self._pinged_at > self._silent_secs
        if self.state == "connected" and silent and now - self._audio_at > self._silent_secs / 6:
            self._lose("silent")

    def _gone(self, reason: str) -> None:
        if self.state != "over" and self._closing is None:
            self.state = "over"
            self._wait(None)
            if reason == "webrtc.not_connected":
                log.info(NotConnected.next_step)
            if self._sink is not None:
                self._sink.gone(reason)

    def _too_slow(self) -> None:
        self._gone("client.too_slow")

    # -- the end -----------------------------------------------------------------------------------------------------

    async def leave(self) -> None:
        """Tell the client that the call is over, let that arrive, then end; otherwise it would try to reconnect."""
        if self._closing is None and self.state == "connected":
            self.channel.send({"type": "signalling", "message": {"type": "peerLeft"}})
            await self.channel.flush()
        await self.close()

    async def close(self) -> None:
        """End peer, timers and tasks; safe to call again and from anywhere."""
        if self._closing is None:
            self._closing = self._loop.create_task(self._end(), name="webrtc close")
        await asyncio.shield(self._closing)

    async def _end(self) -> None:
        self.state = "over"
        self._wait(None)
        if self._look is not None:
            self._look.cancel()
        if self._peer is not None:
            await self._peer.close()
        await self._scope.close(GRACE_SECS)
        self._sink = None
