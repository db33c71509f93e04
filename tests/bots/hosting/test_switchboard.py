"""A token opens one call once, a draining server lets nobody new in, and nothing is kept of what ended."""

from __future__ import annotations

import asyncio
import uuid
from typing import Any

import pytest
from django.utils import timezone

from bots.actions.call_tokens import issue_call_token
from bots.actions.errors import ActionError
from bots.hosting.database import in_database
from bots.hosting.switchboard import Switchboard, install_switchboard, switchboard
from bots.models import Bot, Call, CallToken, Credential
from tests.bots.factories import make_bot
from tests.bots.hosting.stage import Client, connected, new_call, over, until
from tests.bots.hosting.test_host import assert_complete, with_spec

pytestmark = pytest.mark.django_db(transaction=True)


async def refusal(board: Switchboard, slug: str, token: str) -> str:
    with pytest.raises(ActionError) as caught:
        await board.open(slug, token)
    return caught.value.code


async def test_a_token_opens_its_call_once_even_for_two_at_the_same_time(
    board: Switchboard, bot: Bot, ann: Any
) -> None:
    call, token = await in_database(new_call, bot, ann)
    opened = await asyncio.gather(*(board.open(bot.slug, token) for _ in range(4)), return_exceptions=True)
    codes = [error.code for error in opened if isinstance(error, ActionError)]
    assert codes == ["token.invalid"] * 3
    assert list(board.hosts) == [call.pk]
    assert await refusal(board, bot.slug, token) == "token.invalid"


async def test_several_tokens_of_one_call_open_one_host_with_one_claim(
    board: Switchboard, bot: Bot, ann: Any
) -> None:  # DEP-13
    call, token = await in_database(new_call, bot, ann)
    tokens = [token] + [await in_database(issue_call_token, user=ann, bot=bot, call=call) for _ in range(3)]
    hosts = await asyncio.gather(*(board.open(bot.slug, one) for one in tokens))
    assert len(set(hosts)) == 1
    assert len(board.sessions) == 4
    assert all(board.of_session(one) is hosts[0] for one in tokens)
    epoch = (await in_database(Call.objects.get, pk=call.pk)).epoch
    assert hosts[0].facts.epoch == epoch == 1


async def test_tokens_of_other_bots_and_old_ones_open_nothing(board: Switchboard, bot: Bot, ann: Any) -> None:
    other = await in_database(make_bot, "other", name="Other")
    call, token = await in_database(new_call, bot, ann)
    assert await refusal(board, other.slug, token) == "token.invalid"
    assert await refusal(board, "no-such-bot", token) == "bot.unknown"
    assert await refusal(board, bot.slug, "guess") == "token.invalid"
    await in_database(CallToken.objects.filter(call=call).update, expires_at=timezone.now())
    assert await refusal(board, bot.slug, token) == "token.invalid"
    assert board.hosts == {}


async def test_a_call_that_is_over_cannot_be_opened_again(board: Switchboard, bot: Bot, ann: Any) -> None:
    client, host = await connected(board, bot, ann)
    client.send("disconnect-bot")
    call = await over(host)
    token = await in_database(issue_call_token, user=ann, bot=bot, call=call)
    assert await refusal(board, bot.slug, token) == "call.gone"
    assert board.of_session(token) is None


async def test_a_draining_server_lets_running_calls_finish_and_nobody_new_in(
    board: Switchboard, bot: Bot, ann: Any
) -> None:
    client, host = await connected(board, bot, ann)
    _, waiting = await in_database(new_call, bot, ann)
    drain = asyncio.create_task(board.drain(20))
    await until(lambda: board.draining)
    assert await refusal(board, bot.slug, waiting) == "server.draining"
    call = await in_database(Call.objects.get, pk=host.facts.id)
    back = await in_database(issue_call_token, user=ann, bot=bot, call=call)
    again = Client(bot.slug, back)
    assert (await again.ready())["call_id"] == str(call.pk), "who is in a call may come back to it"
    await again.say("hello")
    again.send("disconnect-bot")
    assert (await over(host)).end_reason == "caller_hung_up"
    await asyncio.wait_for(drain, 2)
    assert client.close_code == 4409


async def test_calls_that_are_left_at_the_end_of_the_drain_are_told_goodbye(
    board: Switchboard, bot: Bot, ann: Any
) -> None:
    callers = [await connected(board, bot, ann) for _ in range(3)]
    begun = asyncio.get_running_loop().time()
    await board.drain(0.1)
    assert asyncio.get_running_loop().time() - begun < 8
    assert board.hosts == {}
    for client, host in callers:
        call = await over(host)
        assert (call.status, call.end_reason) == ("ended", "server_shutdown")
        await client.closed()
        assert client.of("server/call-ended")[0]["reason"] == "server_shutdown"
        assert client.close_code == 1000
        await assert_complete(call)


async def test_a_key_that_cannot_be_opened_is_told_and_the_call_is_kept(board: Switchboard, bot: Bot, ann: Any) -> None:
    def arrange() -> tuple[Call, str]:
        Credential.objects.create(name="openai", provider="openai", encrypted=b"written with a lost key")
        with_spec(bot, llm={"provider": "openai", "settings": {"credential": "openai"}})
        return new_call(bot, ann)

    call, token = await in_database(arrange)
    client = Client(bot.slug, token)
    assert await client.closed() == 4503
    assert client.close_reason == "credential.unreadable"
    call = await in_database(Call.objects.get, pk=call.pk)
    assert (call.status, call.error_code) == ("failed", "credential.unreadable")
    assert board.hosts == {}


async def test_there_is_one_switchboard_a_process(board: Switchboard) -> None:
    assert switchboard() is board
    install_switchboard(None)
    assert switchboard() is switchboard()
    assert switchboard() is not board
    assert not switchboard().runs(uuid.uuid4())
    await switchboard().close()
