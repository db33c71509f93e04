"""Rows and call folders for tests: bots, people, and calls with a journal and audio that fit together."""

from __future__ import annotations

import math
import uuid
from typing import Any

import numpy as np
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.utils import timezone

from bots.actions.finish_call import finish_call
from bots.actions.publish_bot import publish_bot
from bots.actions.store_events import store_events
from bots.engine.core.journal import JournalEvent
from bots.models import Bot, Call, Recording
from bots.models.voice_settings import call_dir

RATE = 16000
PASSWORD = "a-long-enough-password"


def make_user(name: str, *permissions: str, staff: bool = False, superuser: bool = False) -> Any:
    """A person who may do what the named permissions of the bots app say."""
    user = get_user_model().objects.create_user(name, password=PASSWORD, is_staff=staff, is_superuser=superuser)
    for codename in permissions:
        user.user_permissions.add(Permission.objects.get(codename=codename, content_type__app_label="bots"))
    return get_user_model().objects.get(pk=user.pk)


def make_bot(slug: str = "desk", *, name: str = "Front desk", published: bool = True) -> Bot:
    """A bot with the default draft, published once unless told otherwise."""
    bot = Bot.objects.create(slug=slug, name=name)
    if published:
        publish_bot(bot=bot, by=None)
    return bot


def make_call(bot: Bot, user: Any, **values: Any) -> Call:
    """An open call with its folder, as start_call leaves it."""
    fields = {"version": bot.live_version, "spec": {**bot.draft, "slug": bot.slug, "name": bot.name},
              "transport": "websocket", "created_at": timezone.now(), "status": "active",
              "started_at": timezone.now(), **values}  # fmt: skip
    call = Call.objects.create(bot=bot, user=user, **fields)
    Recording.objects.create(call=call)
    call_dir(call.pk).mkdir(parents=True)
    return call


def event(
    seq: int, at: float, kind: str, data: dict[str, Any] | None = None, cause: int | None = None
) -> dict[str, Any]:
    """A journal event as the host hands it over."""
    return {"seq": seq, "at": at, "kind": kind, "data": data or {}, "cause": cause}


def words_of(text: str, at: float, end: float, heard: int | None = None) -> list[dict[str, Any]]:
    """Evenly timed words of a reply, of which the first ``heard`` were played."""
    words = text.split()
    step = (end - at) / max(1, heard if heard is not None else len(words))
    return [
        {"text": word, "at": round(at + step * index, 3), "end": round(at + step * (index + 1), 3), "heard": True,
         "estimated": False}
        if heard is None or index < heard
        else {"text": word, "at": None, "end": None, "heard": False, "estimated": True}
        for index, word in enumerate(words)
    ]  # fmt: skip


def conversation() -> list[dict[str, Any]]:
    """Forty seconds at an appointment desk: a tool, an interruption, a slow answer, an error."""
    greeting = "Good morning, this is the clinic desk. How can I help you?"
    offer = "I have Tuesday at nine fifteen, or at ten, or in the afternoon at half past two if that suits you better."
    done = "Done. You are booked for Tuesday at ten. Anything else?"
    segments = [
        {"name": name, "ms": ms, "owner": owner, "setting": setting}
        for name, ms, owner, setting in (
            ("end_of_turn", 160, "setting", "vad.stop_secs"), ("stt", 60, "provider", "stt.provider"),
            ("llm", 150, "provider", "llm.provider"), ("tools", 120, "setting", "tools"), ("engine", 30, "engine", ""),
            ("sentence", 50, "setting", "speech.aggregation"), ("tts", 80, "provider", "tts.provider"),
        )
    ]  # fmt: skip
    lines: list[tuple[float, str, dict[str, Any]]] = [
        (0.0, "call.started", {"v": 1}),
        (0.31, "call.connected", {"transport": "websocket"}),
        (0.4, "call.ready", {}),
        (0.9, "bot.started", {}),
        (4.1, "bot.turn", {"turn": 0, "reply": 1, "text": greeting, "planned": greeting, "at": 0.9, "end": 4.1,
                           "interrupted": False, "words": words_of(greeting, 0.9, 4.1), "latency_ms": None,
                           "latency": {"total_ms": 80, "segments": segments[-1:], "sentence": "", "origin": "prompt"}}),
        (5.0, "user.started", {}),
        (7.4, "user.stopped", {}),
        (7.5, "user.transcript", {"text": "i would like to move my appointment", "final": True, "at": 5.0, "end": 7.4}),
        (7.6, "user.turn", {"turn": 1, "text": "I would like to move my appointment.", "at": 5.0, "end": 7.4,
                            "source": "voice"}),
        (7.7, "bot.llm_started", {}),
        (7.9, "tool.started", {"id": "t1", "name": "find_slots", "arguments": {"day": "Tuesday"}}),
        (8.31, "tool.finished", {"id": "t1", "result": {"slots": ["09:15", "10:00", "14:30"]}}),
        (8.35, "metrics", {"turn": 2, "segments": segments[1:]}),
        (8.36, "bot.started", {}),
        (12.4, "interruption", {"reason": "caller spoke"}),
        (12.5, "bot.turn", {"turn": 1, "reply": 2, "text": " ".join(offer.split()[:9]), "planned": offer, "at": 8.36,
                            "end": 12.4, "interrupted": True, "words": words_of(offer, 8.36, 12.4, heard=9),
                            "latency_ms": 650, "latency": {"total_ms": 650, "segments": segments,
                                                           "sentence": "150 of 650 ms was waiting for the model."}}),
        (14.0, "user.turn", {"turn": 2, "text": "Ten is fine.", "at": 12.3, "end": 13.2, "source": "voice"}),
        (14.2, "error", {"code": "tts.reconnected", "message": "The voice service had to be connected again.",
                         "owner": "provider", "next_step": "Nothing to do.", "fatal": False}),
        (19.0, "bot.turn", {"turn": 2, "reply": 3, "text": done, "planned": done, "at": 15.1, "end": 18.9,
                            "interrupted": False, "words": words_of(done, 15.1, 18.9), "latency_ms": 1900}),
        (24.0, "user.turn", {"turn": 3, "text": "No, thank you. Goodbye.", "at": 21.5, "end": 23.2, "source": "text"}),
        (39.5, "call.ending", {"reason": "caller_hung_up"}),
    ]  # fmt: skip
    return [event(number, at, kind, data) for number, (at, kind, data) in enumerate(lines, start=1)]


def with_chunks(events: list[dict[str, Any]], seconds: float) -> list[dict[str, Any]]:
    """The events and, after them, the pieces in which both tracks were written."""
    size, seq, all_events = RATE // 2, len(events), list(events)
    for number in range(math.ceil(seconds * 2)):
        for track in ("caller", "bot"):
            seq += 1
            data = {"track": track, "number": number, "offset": number * size, "samples": size, "rate": RATE}
            all_events.append(event(seq, number / 2, "audio.chunk", data))
    return all_events


def write_journal(call_id: uuid.UUID, events: list[dict[str, Any]]) -> None:
    """Put the events into the call's journal file."""
    lines = [
        JournalEvent(item["seq"], item["at"], item["kind"], item["data"], item["cause"]).as_line() for item in events
    ]
    (call_dir(call_id) / "journal.log").write_bytes(b"".join(lines))


def write_tracks(call_id: uuid.UUID, seconds: float, turns: list[tuple[str, float, float]] = ()) -> None:
    """Two raw tracks: a syllable-like tone in each named turn, silence elsewhere."""
    times = np.arange(round(seconds * RATE)) / RATE
    for track in ("caller", "bot"):
        pitch = 180 if track == "caller" else 240
        speaking = np.zeros_like(times)
        for who, at, end in turns:
            if who == track:
                speaking[(times >= at) & (times < end)] = 1
        swell = np.abs(np.sin(times * 7)) * np.abs(np.sin(times * 1.7 + 1)) * speaking
        wave = (np.sin(2 * np.pi * pitch * times) * swell * 16000).astype("<i2")
        (call_dir(call_id) / f"{track}.s16").write_bytes(wave.tobytes())


def spoken_spans(events: list[dict[str, Any]]) -> list[tuple[str, float, float]]:
    """Who spoke when, from the turns."""
    spans = {"user.turn": "caller", "bot.turn": "bot"}
    return [(spans[item["kind"]], item["data"]["at"], item["data"]["end"]) for item in events if item["kind"] in spans]


def make_finished_call(
    bot: Bot, user: Any, *, seconds: float = 40.0, reason: str = "caller_hung_up", **values: Any
) -> Call:
    """A call that ran to its end: journal, rows, tracks, final state."""
    call = make_call(bot, user, **values)
    events = conversation()
    write_journal(call.pk, events)
    write_tracks(call.pk, seconds, spoken_spans(events))
    store_events(call.pk, events)
    finish_call(call_id=call.pk, reason=reason, duration_s=seconds)
    return Call.objects.get(pk=call.pk)
