"""Offers and answers as they travel over HTTP (client contract 3.1)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from .candidates import CandidatePolicy
from .refusals import OfferUnusable

MAX_SDP = 64 * 1024
MAX_LINES = 2000
MAX_MEDIA = 8
MAX_CANDIDATES = 64
MAX_PC_ID = 128


@dataclass(frozen=True, slots=True)
class Offer:
    """What a client posts; ``pc_id`` names a peer connection, ``restart_pc`` asks for a new one in its place."""

    sdp: str
    pc_id: str | None = None
    restart_pc: bool = False

    @classmethod
    def from_request(cls, body: Mapping[str, Any]) -> Offer:
        """Read the JSON object of an offer request; raises OfferUnusable."""
        sdp, pc_id, restart = body.get("sdp"), body.get("pc_id"), body.get("restart_pc")
        if not isinstance(sdp, str) or not sdp or body.get("type") != "offer":
            raise OfferUnusable("The request holds no SDP offer.")
        if pc_id is not None and (not isinstance(pc_id, str) or len(pc_id) > MAX_PC_ID):
            raise OfferUnusable("The pc_id is not one of ours.")
        return cls(sdp, pc_id or None, restart is True)


@dataclass(frozen=True, slots=True)
class Answer:
    """What the client gets back."""

    sdp: str
    pc_id: str

    def as_data(self) -> dict[str, str]:
        """Return the JSON object of the response; native clients require all three keys."""
        return {"sdp": self.sdp, "type": "answer", "pc_id": self.pc_id}


def cleaned_sdp(sdp: str, policy: CandidatePolicy) -> str:
    """Return an offer with uniform line ends and admitted candidates only; raises OfferUnusable.

    End-of-candidates marks go too: a client whose candidates are all left out can still be found by its own packets.
    """
    if len(sdp) > MAX_SDP:
        raise OfferUnusable("The SDP offer is too large.")
    lines = [line for line in sdp.replace("\r\n", "\n").replace("\r", "\n").split("\n") if line]
    if not lines or len(lines) > MAX_LINES or not lines[0].startswith("v="):
        raise OfferUnusable("The SDP offer is no session description.")
    media = [line for line in lines if line.startswith("m=")]
    if not media or not media[0].startswith("m=audio ") or len(media) > MAX_MEDIA:
        raise OfferUnusable("The SDP offer does not begin with an audio line, or has too many lines.")
    _check_bundle(lines, len(media))
    kept: list[str] = []
    candidates = 0
    for line in lines:
        if line.startswith("a=end-of-candidates"):
            continue
        if line.startswith("a=candidate"):
            candidates += 1
            if candidates > MAX_CANDIDATES or not policy.admits(line):
                continue
        kept.append(line)
    return "\r\n".join(_without_orphans(kept)) + "\r\n"


def _check_bundle(lines: list[str], media: int) -> None:
    """Refuse lines without a name of their own, and bundles of other lines than there are or not led by the audio."""
    names = [line.removeprefix("a=mid:").strip() for line in lines if line.startswith("a=mid:")]
    bundles = [line.split()[1:] for line in lines if line.startswith("a=group:BUNDLE")]
    if len(names) != media or len(set(names)) != media:
        raise OfferUnusable("The SDP offer has media lines without a name of their own.")
    if len(bundles) > 1 or any(bundle and (bundle[0] != names[0] or set(bundle) - set(names)) for bundle in bundles):
        raise OfferUnusable("The SDP offer bundles lines that it does not have.")


def _without_orphans(lines: list[str]) -> list[str]:
    """Leave out parameters of payload types that are not described: the Swift client edits its video line like that."""
    kept: list[str] = []
    described: set[str] = set()
    for number, line in enumerate(lines):
        if line.startswith("m="):
            described = set(_described(lines[number + 1 :]))
        name, _, rest = line.partition(":")
        if name in ("a=fmtp", "a=rtcp-fb") and rest.partition(" ")[0] not in described:
            continue
        kept.append(line)
    return kept


def _described(lines: list[str]) -> Iterator[str]:
    yield "*"
    for line in lines:
        if line.startswith("m="):
            return
        if line.startswith("a=rtpmap:"):
            yield line.removeprefix("a=rtpmap:").partition(" ")[0]
