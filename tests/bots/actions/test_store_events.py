"""Rows are a projection of the journal: whatever the batches, the same rows."""

from __future__ import annotations

import random
import uuid
from typing import Any

import pytest

from bots.actions.replay_journal import replay_journal
from bots.actions.store_events import store_events
from bots.models import Call, CallEvent, RecordingChunk, TranscriptTurn, TranscriptWord
from bots.models.voice_settings import call_dir
from tests.bots.factories import conversation, event, make_bot, make_call, make_user, with_chunks, write_journal

pytestmark = pytest.mark.django_db


def rows_of(call: Call) -> dict[str, Any]:
    """Everything projected for a call, without database keys."""
    summary = Call.objects.filter(pk=call.pk).values(
        "journal_seq", "turn_count", "interruption_count", "tool_count", "error_count", "latency_p50_ms",
        "latency_p95_ms",
    )  # fmt: skip
    turns = list(TranscriptTurn.objects.filter(call=call).order_by("index"))
    hidden = ("id", "_state", "call_id", "turn_id")

    def plain(row: Any) -> dict[str, Any]:
        return {name: value for name, value in vars(row).items() if name not in hidden}

    return {
        "summary": list(summary),
        "events": [plain(row) for row in CallEvent.objects.filter(call=call).order_by("seq")],
        "turns": [plain(turn) for turn in turns],
        "words": [[plain(word) for word in turn.words.order_by("index")] for turn in turns],
        "chunks": list(
            RecordingChunk.objects.filter(recording__call=call)
            .order_by("track", "number")
            .values("track", "number", "offset", "samples")
        ),
    }


@pytest.mark.parametrize("seed", range(6))
def test_random_batches_and_a_rebuild_from_the_file_give_the_same_rows(seed: int) -> None:
    chance = random.Random(seed)
    call = make_call(make_bot(), make_user("ann"))
    events = with_chunks(conversation(), 20)
    write_journal(call.pk, events)
    remaining = list(events)
    while remaining:
        size = chance.randint(1, 9)
        batch, remaining = remaining[:size], remaining[size:]
        repeated = chance.sample(events[: events.index(batch[0])], min(2, events.index(batch[0])))
        store_events(call.pk, chance.sample(batch + repeated, len(batch + repeated)))
    live = rows_of(call)
    replay = replay_journal(call.pk)
    assert (replay.torn, replay.damaged_lines, replay.events) == (False, (), len(events))
    assert rows_of(call) == live
    assert len(live["events"]) == len(events)
    assert live["summary"][0]["turn_count"] == 6


def test_batches_in_reverse_order_give_the_same_rows_too() -> None:
    call = make_call(make_bot(), make_user("ann"))
    events = conversation()
    write_journal(call.pk, events)
    for start in reversed(range(0, len(events), 4)):
        store_events(call.pk, events[start : start + 4])
    live = rows_of(call)
    replay_journal(call.pk)
    assert rows_of(call) == live
    assert len(live["turns"][2]["segments"]) == 7
    assert "waiting for the model" in live["turns"][2]["latency_why"]
    assert len(live["turns"][4]["segments"]) == 6, "its waterfall came in another batch than the turn"


def test_storing_the_same_events_twice_changes_nothing() -> None:
    call = make_call(make_bot(), make_user("ann"))
    assert store_events(call.pk, conversation()) == len(conversation())
    before = rows_of(call)
    assert store_events(call.pk, conversation()) == 0
    assert rows_of(call) == before


def test_a_torn_last_line_and_a_damaged_one_are_reported_and_the_rest_is_kept() -> None:
    call = make_call(make_bot(), make_user("ann"))
    events = conversation()
    write_journal(call.pk, events)
    path = call_dir(call.pk) / "journal.log"
    lines = path.read_bytes().splitlines(keepends=True)
    lines[4] = lines[4].replace(b'"kind"', b'"kinb"')
    lines[-1] = lines[-1][:-7]
    path.write_bytes(b"".join(lines))
    replay = replay_journal(call.pk)
    assert (replay.torn, replay.damaged_lines) == (True, (5,))
    assert CallEvent.objects.filter(call=call).count() == len(events) - 2


def test_an_unreadable_file_leaves_the_rows_that_exist() -> None:
    call = make_call(make_bot(), make_user("ann"))
    store_events(call.pk, conversation())
    (call_dir(call.pk) / "journal.log").write_bytes(b"\x00\xff not a journal\n")
    assert replay_journal(call.pk).damaged_lines == (1,)
    assert CallEvent.objects.filter(call=call).count() == len(conversation())


def test_an_interrupted_reply_keeps_heard_and_unheard_words_apart() -> None:
    call = make_call(make_bot(), make_user("ann"))
    store_events(call.pk, conversation())
    turn = TranscriptTurn.objects.get(call=call, interrupted=True)
    assert turn.words.filter(heard=True).count() == 9
    assert " ".join(turn.words.order_by("index").values_list("text", flat=True)) == turn.planned_text
    assert turn.words.filter(heard=False).first().at == turn.end


def test_a_reply_without_word_times_gets_estimates_and_its_unheard_rest() -> None:
    call = make_call(make_bot(), make_user("ann"))
    data = {"turn": 1, "text": "one two", "planned": "one two three four", "at": 1.0, "end": 2.0, "interrupted": True}
    store_events(call.pk, [event(1, 2.0, "bot.turn", data)])
    words = list(TranscriptWord.objects.filter(call=call).order_by("index"))
    assert [(word.text, word.heard) for word in words] == [
        ("one", True), ("two", True), ("three", False), ("four", False),
    ]  # fmt: skip
    assert all(word.estimated for word in words)
    assert words[0].at == 1.0
    assert words[1].end == 2.0


def test_text_that_no_database_takes_is_stored_without_what_it_cannot_hold() -> None:
    call = make_call(make_bot(), make_user("ann"))
    deep: Any = "bottom"
    for _ in range(60):
        deep = [deep]
    data = {"text": "a\x00b\ud800c", "at": float("nan"), "end": float("inf"), "deep": deep, "turn": "not a number"}
    store_events(call.pk, [event(1, 3.0, "user.turn", data)])
    turn = TranscriptTurn.objects.get(call=call)
    assert (turn.text, turn.at, turn.end, turn.number) == ("abc", 3.0, 3.0, 0)


def test_events_of_an_unknown_call_are_refused() -> None:
    with pytest.raises(Call.DoesNotExist):
        store_events(uuid.uuid4(), conversation())
