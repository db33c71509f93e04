"""Tokens work once, soon, for one user with one bot; resume tokens belong to their caller."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from bots.actions.api_keys import api_key_in_use, make_api_key, revoke_api_key
from bots.actions.call_tokens import call_to_resume, consume_call_token, issue_call_token, issue_resume_token
from bots.actions.errors import ActionError
from bots.actions.finish_call import finish_call
from bots.models import ApiKey, CallToken
from tests.bots.factories import make_bot, make_call, make_user


@pytest.mark.django_db
def test_a_token_opens_its_call_once() -> None:
    bot, user = make_bot(), make_user("ann")
    call = make_call(bot, user)
    secret = issue_call_token(user=user, bot=bot, call=call)
    row = consume_call_token(secret, bot=bot, user=user)
    assert (row.call, row.user) == (call, user)
    assert secret not in str(CallToken.objects.values())
    with pytest.raises(ActionError) as caught:
        consume_call_token(secret, bot=bot)
    assert (caught.value.code, caught.value.http_status) == ("token.invalid", 401)


@pytest.mark.django_db
def test_expired_foreign_and_invented_tokens_get_the_same_refusal() -> None:
    bot, other, ann, bob = make_bot(), make_bot("quiz"), make_user("ann"), make_user("bob")
    call = make_call(bot, ann)
    late = issue_call_token(user=ann, bot=bot, call=call)
    CallToken.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    good = issue_call_token(user=ann, bot=bot, call=call)
    answers = []
    for secret, with_bot, user in (
        (late, bot, ann), (good, other, ann), (good, bot, bob), ("invented", bot, ann),
        ("\ud800", bot, ann), ("", bot, None),
    ):  # fmt: skip
        with pytest.raises(ActionError) as caught:
            consume_call_token(secret, bot=with_bot, user=user)
        answers.append(caught.value.as_dict())
    assert all(answer == answers[0] for answer in answers)
    assert consume_call_token(good, bot=bot, user=ann).call == call


@pytest.mark.django_db(transaction=True)
def test_of_many_simultaneous_users_of_a_token_exactly_one_succeeds() -> None:
    bot, user = make_bot(), make_user("ann")
    secret = issue_call_token(user=user, bot=bot, call=make_call(bot, user))
    gate, outcomes = threading.Barrier(8), []

    def use() -> None:
        gate.wait()
        try:
            consume_call_token(secret, bot=bot)
            outcomes.append("opened")
        except ActionError as error:
            outcomes.append(error.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=use) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["opened"] + ["token.invalid"] * 7


@pytest.mark.django_db
def test_a_call_is_resumed_by_its_own_caller_while_it_runs_with_the_latest_token() -> None:
    bot, other, ann, bob = make_bot(), make_bot("quiz"), make_user("ann"), make_user("bob")
    call = make_call(bot, ann)
    stale = issue_resume_token(call)
    secret = issue_resume_token(call)
    assert call_to_resume(secret, user=ann, bot=bot) == call
    refused = [(stale, ann, bot), (secret, bob, bot), (secret, ann, other), ("", ann, bot)]
    for wrong, user, with_bot in refused:
        with pytest.raises(ActionError, match="over"):
            call_to_resume(wrong, user=user, bot=with_bot)
    finish_call(call_id=call.pk, reason="client_gone")
    with pytest.raises(ActionError) as caught:
        call_to_resume(secret, user=ann, bot=bot)
    assert (caught.value.code, caught.value.http_status) == ("call.gone", 409)


@pytest.mark.django_db
def test_an_api_key_works_for_its_bot_until_it_is_revoked_or_its_maker_is_locked() -> None:
    bot, other, ann = make_bot(), make_bot("quiz"), make_user("ann")
    row, secret = make_api_key(bot=bot, user=ann, name="intercom")
    assert secret not in str(ApiKey.objects.values())
    assert api_key_in_use(secret, bot=bot).user == ann
    assert ApiKey.objects.get().last_used_at is not None
    for wrong, with_bot in ((secret, other), (secret + "x", bot)):
        with pytest.raises(ActionError, match="not valid"):
            api_key_in_use(wrong, bot=with_bot)
    ann.is_active = False
    ann.save()
    with pytest.raises(ActionError, match="not valid"):
        api_key_in_use(secret, bot=bot)
    ann.is_active = True
    ann.save()
    assert revoke_api_key(row)
    assert not revoke_api_key(row)
    with pytest.raises(ActionError, match="not valid"):
        api_key_in_use(secret, bot=bot)
