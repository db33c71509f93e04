"""One peer connection of a call: aiortc, told what this house needs of it (client contract, section 3)."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from typing import Any, Protocol

import aiortc.rtcsctptransport
from aiortc import (
    RTCBundlePolicy,
    RTCConfiguration,
    RTCDataChannel,
    RTCIceServer,
    RTCPeerConnection,
    RTCRtpSender,
    RTCSessionDescription,
)
from aiortc.exceptions import InternalError, InvalidAccessError, InvalidStateError, OperationError
from aiortc.mediastreams import MediaStreamError, MediaStreamTrack
from aiortc.sdp import candidate_from_sdp
from av import AudioFrame

from bots.engine.core.scope import TaskScope

from .candidates import TrickledCandidate
from .refusals import OfferUnusable
from .voice import NoVideoTrack, VoiceQueue, VoiceTrack

log = logging.getLogger(__name__)

# Chunks of 1200 bytes do not fit through paths with an MTU of 1280; aiortc has no setting for it (contract 3.1).
aiortc.rtcsctptransport.USERDATA_MAX_LENGTH = 1100

CLOSE_SECS = 2.0
LOOPBACK = "127.0.0.1"
# What aiortc raises for descriptions it cannot use (a StopIteration of its parser becomes a RuntimeError).
_UNREADABLE = (
    AssertionError, RuntimeError, ValueError, LookupError, AttributeError, TypeError, ArithmeticError,
    InternalError, InvalidAccessError, InvalidStateError, OperationError,
)  # fmt: skip


class PeerWatcher(Protocol):
    """Who hears what happens on a peer connection."""

    def peer_state(self, peer: Peer, state: str) -> None:
        """The connection is ``connected``, ``failed`` or ``closed``."""

    def peer_channel(self, peer: Peer, channel: RTCDataChannel) -> None:
        """The client opened a data channel."""

    async def peer_audio(self, peer: Peer, frame: AudioFrame) -> None:
        """20 ms of the caller's audio were decoded."""


class Peer:
    """Answers offers with: line 0 audio both ways, first video line both ways but empty, further video only inwards."""

    def __init__(
        self,
        peer_id: str,
        watcher: PeerWatcher,
        voice: VoiceQueue,
        scope: TaskScope,
        *,
        ice_servers: Sequence[RTCIceServer] = (),
        loopback: bool = False,
    ) -> None:
        self.id = peer_id
        self._watcher = watcher
        self._loopback = loopback
        self._scope = scope
        self._pumping: asyncio.Task[None] | None = None
        self._closed = False
        self._pc = RTCPeerConnection(
            RTCConfiguration(iceServers=list(ice_servers), bundlePolicy=RTCBundlePolicy.MAX_BUNDLE)
        )
        line = self._pc.addTransceiver(VoiceTrack(voice), direction="sendrecv")
        self._link = line.receiver.transport
        opus = [codec for codec in RTCRtpSender.getCapabilities("audio").codecs if codec.mimeType == "audio/opus"]
        line.setCodecPreferences(opus)
        self._pc.on("track", self._on_track)
        self._pc.on("datachannel", self._on_channel)
        self._pc.on("connectionstatechange", self._on_state)

    @property
    def usable(self) -> bool:
        """Whether the connection can still be negotiated."""
        return not self._closed and self._pc.connectionState not in ("closed", "failed")

    async def answer(self, sdp: str) -> str:
        """Take an offer, the first or a later one, and return the answer; raises OfferUnusable."""
        try:
            await self._pc.setRemoteDescription(RTCSessionDescription(sdp=sdp, type="offer"))
            self._set_directions()
            await self._gather()
            await self._pc.setLocalDescription(await self._pc.createAnswer())
        except _UNREADABLE as error:
            raise OfferUnusable("The SDP offer cannot be used.") from error
        self._switch_off_unused()
        return str(self._pc.localDescription.sdp)

    def _set_directions(self) -> None:
        videos = [line for line in self._pc.getTransceivers() if line.kind == "video"]
        for number, line in enumerate(videos):
            line.direction = "sendrecv" if number == 0 else "recvonly"
            sent: MediaStreamTrack | None = line.sender.track
            if number == 0 and sent is None:
                line.sender.replaceTrack(NoVideoTrack())

    def _switch_off_unused(self) -> None:
        """Let packets of unused lines be dropped undecoded; their queues would grow for the whole call."""
        for line in self._pc.getTransceivers()[1:]:
            receiver: Any = line.receiver
            receiver._enabled = False

    async def _gather(self) -> None:
        """Collect our own addresses before the answer; the machine itself too where that is wanted."""
        # The connecting task that the remote description started must find no addresses yet and end.
        await asyncio.sleep(0)
        gatherer = self._pc.getTransceivers()[0].receiver.transport.transport.iceGatherer
        if gatherer.state != "new":
            return
        await gatherer.gather()
        if self._loopback:
            connection: Any = gatherer._connection
            connection._local_candidates += await connection.get_component_candidates(1, [LOOPBACK])

    async def add_candidate(self, found: TrickledCandidate) -> None:
        """Take a candidate that the policy admitted; one that cannot be used is left out."""
        try:
            candidate = candidate_from_sdp(found.candidate.removeprefix("candidate:"))
            candidate.sdpMid, candidate.sdpMLineIndex = found.mid, found.line
            await self._pc.addIceCandidate(candidate)
        except _UNREADABLE:
            log.info("a candidate could not be used")

    # -- events ------------------------------------------------------------------------------------------------------

    def _on_state(self) -> None:
        if not self._closed and (state := self._pc.connectionState) in ("connected", "failed", "closed"):
            self._watcher.peer_state(self, state)

    def _on_channel(self, channel: RTCDataChannel) -> None:
        self._watcher.peer_channel(self, channel)

    def _on_track(self, track: MediaStreamTrack) -> None:
        first = self._pc.getTransceivers()[0].receiver.track
        if track.kind == "audio" and track is first:
            self._pumping = self._scope.spawn(self._pump(track), f"webrtc audio {self.id}")

    async def _pump(self, track: MediaStreamTrack) -> None:
        while True:
            try:
                frame = await track.recv()
            except MediaStreamError:
                return
            if isinstance(frame, AudioFrame):
                await self._watcher.peer_audio(self, frame)

    async def close(self) -> None:
        """End everything of this connection."""
        self._closed = True
        try:
            async with asyncio.timeout(CLOSE_SECS):
                await self._pc.close()
        except (TimeoutError, *_UNREADABLE):
            # A description that broke off half-way leaves a connection that cannot close itself.
            log.warning("a peer connection did not close; its sockets are closed")
            await self._link.stop()
            await self._link.transport.stop()
        if self._pumping is not None:
            self._pumping.cancel()
            await asyncio.wait({self._pumping}, timeout=CLOSE_SECS)
