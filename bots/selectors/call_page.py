"""What the call page and the call's export show: turns, tools, events and the state of the audio."""

import json
from dataclasses import dataclass, field
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bots.models import Call, CallEvent, Recording, TranscriptTurn, TranscriptWord
from bots.selectors.event_words import GROUPS, group_of, sentence_of
from bots.selectors.waiting_time import WaitingPart, waiting_parts

MAX_EVENTS = 3000
HIDDEN_KINDS = ("audio.chunk",)

MISSING_AUDIO: dict[str, str | Promise] = {
    "recording.disabled": gettext_lazy("Recording is switched off for this bot, so there is no audio."),
    "recording.nothing_recorded": gettext_lazy("The call ended before any audio was exchanged."),
    "recording.lost": gettext_lazy("The recorded files are no longer on the server's disk."),
    "recording.disk": gettext_lazy("The server could not write the recording to its disk."),
}


@dataclass(frozen=True, slots=True)
class AudioState:
    """Whether there is something to play, and if not, why."""

    playable: bool
    encoded: bool = False
    sentence: str = ""


@dataclass(slots=True)
class ToolCard:
    """One tool call as it happened."""

    id: str
    name: str
    at: float
    arguments: str = ""
    outcome: str = "running"
    result: str = ""
    ms: int | None = None


@dataclass(slots=True)
class TurnView:
    """A turn as the page shows it."""

    turn: TranscriptTurn
    words: list[TranscriptWord] = field(default_factory=list)
    segments: list[WaitingPart] = field(default_factory=list)

    @property
    def wait_ms(self) -> int:
        """All parts of the wait together."""
        return sum(part.ms for part in self.segments)

    @property
    def heard(self) -> list[TranscriptWord]:
        """The words that reached the listener."""
        return [word for word in self.words if word.heard]

    @property
    def unheard(self) -> list[TranscriptWord]:
        """The words that were planned and never played."""
        return [word for word in self.words if not word.heard]


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the transcript: a turn or a tool card."""

    at: float
    turn: TurnView | None = None
    tool: ToolCard | None = None


@dataclass(frozen=True, slots=True)
class EventView:
    """One line of the timeline."""

    seq: int
    at: float
    kind: str
    group: str
    sentence: str
    data: str
    cause: int | None


def audio_state(call: Call) -> AudioState:
    """What can be listened to, with the reason when nothing can."""
    recording: Recording | None = getattr(call, "recording", None)
    if recording is None:
        return AudioState(False, sentence=_("Nothing was recorded."))
    if recording.is_playable:
        return AudioState(True, encoded=recording.status == Recording.Status.ENCODED)
    if recording.status == Recording.Status.PENDING:
        return AudioState(False, sentence=_("The recording can be played as soon as the call has ended."))
    sentence = MISSING_AUDIO.get(recording.reason) or _("The recording cannot be read.")
    return AudioState(False, sentence=str(sentence))


def pretty(value: Any) -> str:
    """JSON for people."""
    return json.dumps(value, ensure_ascii=False, indent=2, default=str)


def turns_of(call: Call) -> list[TurnView]:
    """The call's turns in the order they were spoken, with their words."""
    turns = call.turns.order_by("at", "index")
    views = {turn.pk: TurnView(turn, segments=waiting_parts(turn.segments)) for turn in turns}
    for word in TranscriptWord.objects.filter(call=call).order_by("turn", "index"):
        if word.turn_id in views:
            views[word.turn_id].words.append(word)
    return list(views.values())


def tools_of(call: Call) -> list[ToolCard]:
    """The call's tool calls, each with what came of it."""
    cards: dict[str, ToolCard] = {}
    for event in call.events.filter(kind__startswith="tool.").order_by("seq"):
        tool_id = str(event.data.get("id", event.seq))
        if event.kind == "tool.started":
            name = str(event.data.get("name", ""))
            cards[tool_id] = ToolCard(tool_id, name, event.at, arguments=pretty(event.data.get("arguments")))
        elif event.kind != "tool.progress" and (card := cards.get(tool_id)):
            card.outcome = event.kind.partition(".")[2]
            card.ms = round(1000 * (event.at - card.at))
            if card.outcome == "finished":
                card.result = pretty(event.data.get("result"))
            elif card.outcome == "failed":
                card.result = str(event.data.get("message") or event.data.get("code") or "")
    return list(cards.values())


def transcript_of(call: Call) -> list[Entry]:
    """Turns and tool cards on one time line."""
    entries = [Entry(view.turn.at, turn=view) for view in turns_of(call)]
    entries += [Entry(card.at, tool=card) for card in tools_of(call)]
    return sorted(entries, key=lambda entry: entry.at)


def events_of(call: Call) -> list[EventView]:
    """The timeline, without the audio pieces; at most 3000 lines."""
    rows: list[CallEvent] = list(call.events.exclude(kind__in=HIDDEN_KINDS).order_by("seq")[:MAX_EVENTS])
    return [
        EventView(
            seq=row.seq,
            at=row.at,
            kind=row.kind,
            group=group_of(row.kind),
            sentence=sentence_of(row.kind, row.data),
            data=pretty(row.data) if row.data else "",
            cause=row.cause,
        )
        for row in rows
    ]


def groups_in(events: list[EventView]) -> list[tuple[str, str, int]]:
    """Code, name and number of the event groups that occur."""
    counted = {group: sum(1 for event in events if event.group == group) for group in GROUPS}
    return [(group, str(GROUPS[group]), number) for group, number in counted.items() if number]
