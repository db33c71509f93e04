"""A call exists before its media, and only within the limits."""

from __future__ import annotations

from typing import Any

import pytest

from bots.actions.errors import ActionError
from bots.actions.finish_call import finish_call
from bots.actions.start_call import start_call
from bots.models import Call, Recording
from bots.models.voice_settings import call_dir
from bots.selectors.processes import this_process
from tests.bots.factories import make_bot, make_finished_call, make_user

pytestmark = pytest.mark.django_db


def refusal(**arguments: Any) -> ActionError:
    with pytest.raises(ActionError) as caught:
        start_call(**{"transport": "websocket", **arguments})
    return caught.value


def test_a_call_starts_with_the_live_version_an_owner_a_folder_and_a_pending_recording() -> None:
    bot, user = make_bot(), make_user("ann")
    call = start_call(user=user, bot=bot, transport="webrtc", user_agent="x" * 900)
    assert (call.status, call.version, call.spec["slug"]) == ("created", bot.live_version, "desk")
    assert call.owner == this_process()
    assert call.recording.status == Recording.Status.PENDING
    assert call_dir(call.pk).is_dir()
    assert len(call.user_agent) == 300


def test_a_bot_that_does_not_record_says_so() -> None:
    bot = make_bot(published=False)
    bot.draft["recording"] = {"enabled": False}
    bot.save()
    call = start_call(user=make_user("ann", "change_bot"), bot=bot, transport="webrtc", version="draft")
    assert (call.version, call.recording.reason) == (None, "recording.disabled")


def test_a_user_gets_a_polite_refusal_at_the_limit_and_a_call_after_one_ended(settings: Any) -> None:
    settings.VOICE = {**settings.VOICE, "MAX_CALLS_PER_USER": 2}
    bot, user = make_bot(), make_user("ann")
    first = start_call(user=user, bot=bot, transport="websocket")
    start_call(user=user, bot=bot, transport="websocket")
    error = refusal(user=user, bot=bot)
    assert (error.code, error.http_status, error.owner) == ("limit.user_calls", 429, "caller")
    assert error.next_step
    start_call(user=make_user("bob"), bot=bot, transport="websocket")
    finish_call(call_id=first.pk, reason="caller_hung_up")
    assert start_call(user=user, bot=bot, transport="websocket").status == "created"


def test_a_full_process_refuses_everybody(settings: Any) -> None:  # DEP-06
    settings.VOICE = {**settings.VOICE, "MAX_CALLS": 1}
    bot = make_bot()
    start_call(user=make_user("ann"), bot=bot, transport="websocket")
    error = refusal(user=make_user("bob"), bot=bot)
    assert (error.code, error.http_status, error.owner) == ("limit.process_calls", 503, "us")
    assert Call.objects.count() == 1


@pytest.mark.parametrize(
    ("version", "code", "status"),
    [(None, "bot.unpublished", 409), (7, "bot.unknown_version", 404), ("draft", "bot.draft_forbidden", 403)],
)
def test_what_cannot_be_talked_to_is_refused_by_name(version: Any, code: str, status: int) -> None:
    error = refusal(user=make_user("ann"), bot=make_bot(published=False), version=version)
    assert (error.code, error.http_status) == (code, status)


def test_an_archived_bot_and_a_broken_draft_are_refused() -> None:
    bot, editor = make_bot(), make_user("ann", "change_bot")
    bot.draft["language"] = 5
    bot.save()
    assert refusal(user=editor, bot=bot, version="draft").code == "bot.incomplete"
    bot.is_archived = True
    assert refusal(user=editor, bot=bot).code == "bot.archived"


def test_a_conversation_continues_only_from_ones_own_finished_call_with_the_same_bot() -> None:
    bot, other_bot = make_bot(), make_bot("quiz")
    ann, boss = make_user("ann"), make_user("boss", superuser=True, staff=True)
    earlier = make_finished_call(bot, ann, context=[{"role": "user", "content": "hello"}])
    call = start_call(user=ann, bot=bot, transport="websocket", continue_from=str(earlier.pk))
    assert (call.continued_from, call.context) == (earlier, [{"role": "user", "content": "hello"}])
    assert refusal(user=boss, bot=bot, continue_from=earlier.pk).code == "call.unknown"
    assert refusal(user=ann, bot=other_bot, continue_from=earlier.pk).code == "call.unknown"
    assert refusal(user=ann, bot=bot, continue_from="not-a-uuid").code == "call.unknown"
    assert refusal(user=ann, bot=bot, continue_from=call.pk).code == "call.still_running"
