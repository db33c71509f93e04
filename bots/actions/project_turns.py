"""Turns journal events into transcript rows: a pure function of the event, so a rebuild gives the same rows."""

import re
from dataclasses import dataclass, field
from typing import Any

from bots.actions.plain_data import count, seconds
from bots.models import TranscriptTurn, TranscriptWord

_WORD = re.compile(r"\S+")
_EDGES = re.compile(r"^\W+|\W+$")


@dataclass(slots=True)
class TurnRows:
    """A turn and its words, not yet saved."""

    turn: TranscriptTurn
    words: list[TranscriptWord] = field(default_factory=list)


def folded(word: str) -> str:
    """The form a word is searched by: lower case, without punctuation around it."""
    return _EDGES.sub("", word).casefold()[:200]


def _spread(text: str, at: float, end: float) -> list[dict[str, Any]]:
    """Words with times in proportion to their length, all marked as estimated."""
    matches = list(_WORD.finditer(text))
    total = sum(len(match.group()) for match in matches) or 1
    words: list[dict[str, Any]] = []
    passed = 0
    for match in matches:
        size = len(match.group())
        begins, ends = at + (end - at) * passed / total, at + (end - at) * (passed + size) / total
        words.append({"text": match.group(), "at": begins, "end": ends, "heard": True, "estimated": True})
        passed += size
    return words


def _unheard_rest(heard: str, planned: str) -> str:
    """What was planned after the heard text; empty when the plan does not continue it."""
    return planned[len(heard) :] if planned.startswith(heard) else ""


def _word_rows(turn: TranscriptTurn, words: list[Any]) -> list[TranscriptWord]:
    rows: list[TranscriptWord] = []
    latest = turn.at
    for word in words:
        if not isinstance(word, dict) or not str(word.get("text", "")).strip():
            continue
        heard = bool(word.get("heard", True))
        begins = seconds(word.get("at"), latest if heard else turn.end)
        ends = max(begins, seconds(word.get("end"), begins))
        text = str(word["text"]).strip()[:200]
        rows.append(
            TranscriptWord(
                call_id=turn.call_id,
                turn=turn,
                index=len(rows),
                text=text,
                folded=folded(text),
                at=begins,
                end=ends,
                heard=heard,
                estimated=bool(word.get("estimated", False)),
            )
        )
        latest = ends
    return rows


def turn_rows(call_id: Any, event: dict[str, Any]) -> TurnRows | None:
    """The rows of a ``user.turn`` or ``bot.turn`` event (already storable); None for any other kind."""
    kind, data = event["kind"], event["data"]
    if kind not in ("user.turn", "bot.turn"):
        return None
    at = seconds(data.get("at"), seconds(event["at"]))
    end = max(at, seconds(data.get("end"), at))
    text = str(data.get("text") or "")
    number = count(data.get("turn"))
    turn = TranscriptTurn(call_id=call_id, index=event["seq"], number=number, text=text, at=at, end=end)
    words = data.get("words") if isinstance(data.get("words"), list) else []
    if kind == "user.turn":
        turn.role = TranscriptTurn.Role.USER
        turn.source = str(data.get("source") or "voice")[:12]
        turn.disposition = str(data.get("disposition") or "turn")[:12]
        turn.planned_text = text
        return TurnRows(turn, _word_rows(turn, words or _spread(text, at, end)))
    turn.role = TranscriptTurn.Role.BOT
    turn.planned_text = str(data.get("planned") or text)
    turn.interrupted = bool(data.get("interrupted"))
    turn.latency_ms = count(data["latency_ms"]) if seconds(data.get("latency_ms"), -1.0) >= 0 else None
    latency = data["latency"] if isinstance(data.get("latency"), dict) else data
    turn.segments = latency["segments"] if isinstance(latency.get("segments"), list) else []
    turn.latency_why = str(latency.get("sentence") or "")[:200]
    if not words:
        rest = _WORD.findall(_unheard_rest(text, turn.planned_text))
        unheard = [{"text": word, "at": end, "end": end, "heard": False, "estimated": True} for word in rest]
        words = _spread(text, at, end) + unheard
    return TurnRows(turn, _word_rows(turn, words))
