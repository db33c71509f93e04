"""The writer of a call's rows: late, refused or swamped, the rows are complete in the end and nobody waits for them."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from django.db import connection

from bots.actions.call_tokens import issue_call_token
from bots.engine.clock import SystemClock
from bots.engine.core.journal import FileSink, Journal
from bots.hosting.database import in_database
from bots.hosting.recorder import RowWriter
from bots.hosting.switchboard import Switchboard
from bots.models import Bot, Call, CallEvent
from bots.models.voice_settings import call_dir
from bots.selectors.journal_file import JOURNAL_NAME
from tests.bots.factories import make_call
from tests.bots.hosting.stage import Client, connected, new_call, over, until
from tests.bots.hosting.test_host import assert_complete

pytestmark = pytest.mark.django_db(transaction=True)


def rename(table: str, name: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {table} RENAME TO {name}")


@asynccontextmanager
async def locked_database() -> AsyncIterator[None]:
    """Another process holds the database's write lock: whatever writes waits until the end of this block."""
    assert connection.vendor == "sqlite"
    held, release = threading.Event(), threading.Event()
    path = str(connection.settings_dict["NAME"])

    def hold() -> None:
        other = sqlite3.connect(path, isolation_level=None, timeout=10)
        try:
            other.execute("BEGIN IMMEDIATE")
            held.set()
            release.wait(15)
            other.execute("ROLLBACK")
        finally:
            other.close()

    holding = asyncio.create_task(asyncio.to_thread(hold))
    assert await asyncio.to_thread(held.wait, 10)
    try:
        yield
        assert not holding.done(), "the lock lasted as long as the block"
    finally:
        release.set()
        await holding


async def test_a_call_talks_on_while_the_database_refuses_and_its_rows_are_complete_afterwards(
    board: Switchboard, bot: Bot, ann: Any
) -> None:
    client, host = await connected(board, bot, ann)
    await client.greeted()
    await until(lambda: not host._rows._events)
    await in_database(rename, "bots_callevent", "elsewhere")
    try:
        await client.say("hello")
        await client.say("thank you")
        await asyncio.sleep(0.4)
        assert host.task is not None
        assert not host.task.done()
    finally:
        await in_database(rename, "elsewhere", "bots_callevent")
    client.send("disconnect-bot")
    call = await over(host)
    assert call.end_reason == "caller_hung_up"
    await assert_complete(call)


async def test_a_call_that_ends_while_the_database_refuses_becomes_final_when_it_is_back(
    board: Switchboard, bot: Bot, ann: Any
) -> None:
    client, host = await connected(board, bot, ann)
    await client.greeted()
    await in_database(rename, "bots_callevent", "elsewhere")
    try:
        client.send("disconnect-bot")
        assert await client.closed() == 1000
        await asyncio.sleep(0.6)
        assert host.facts.id in board.hosts
    finally:
        await in_database(rename, "elsewhere", "bots_callevent")
    call = await over(host)
    assert call.end_reason == "caller_hung_up"
    await assert_complete(call)


async def test_a_locked_database_delays_neither_audio_nor_answers_nor_the_goodbye(
    board: Switchboard, bot: Bot, ann: Any
) -> None:
    client, host = await connected(board, bot, ann)
    await client.greeted()
    loop = asyncio.get_running_loop()
    async with locked_database():
        await client.say("hello")
        waits = []
        for _ in range(25):
            before = loop.time()
            await host.transport.input().receive_audio(b"\1\0" * 320, 16000)
            waits.append(loop.time() - before)
            await asyncio.sleep(0.005)
        assert sorted(waits)[20] < 0.02
        client.send("disconnect-bot")
        assert await client.closed() == 1000
        assert client.of("server/call-ended")[0]["reason"] == "caller_hung_up"
    call = await over(host, 30)
    assert call.end_reason == "caller_hung_up"
    await assert_complete(call)


async def test_a_call_opened_while_the_database_is_locked_greets_without_waiting_for_it(
    board: Switchboard, bot: Bot, ann: Any
) -> None:
    _, token = await in_database(new_call, bot, ann)
    host = await board.open(bot.slug, token)
    call = await in_database(Call.objects.get, pk=host.facts.id)
    again = await in_database(issue_call_token, user=ann, bot=bot, call=call)
    client = Client(bot.slug, again)
    await until(lambda: host.transport.line is not None)
    async with locked_database():
        await client.ready()
        await client.greeted()
    client.send("disconnect-bot")
    await assert_complete(await over(host, 30))


async def test_events_that_found_no_room_are_rows_in_the_end(bot: Bot, ann: Any) -> None:
    call = await in_database(make_call, bot, ann)
    journal = Journal(SystemClock(), FileSink(call_dir(call.pk) / JOURNAL_NAME))
    writer = RowWriter(call.pk, limit=5)
    journal.listen(writer.take)
    journal.record("call.started", {"v": 1})
    for number in range(40):
        journal.record("user.turn", {"turn": number, "text": f"number {number}", "at": 0, "end": 1})
    journal.record("call.ended", {"reason": "bot_ended"})
    journal.close()
    assert await writer.finish({"reason": "bot_ended", "duration_s": 1.0})
    await assert_complete(await in_database(Call.objects.get, pk=call.pk))
    assert await in_database(CallEvent.objects.filter(call=call).count) == 42


async def test_a_call_that_was_deleted_meanwhile_ends_quietly(bot: Bot, ann: Any) -> None:
    call = await in_database(make_call, bot, ann)
    writer = RowWriter(call.pk)
    await in_database(Call.objects.filter(pk=call.pk).delete)
    assert not await writer.finish({"reason": "bot_ended", "duration_s": 1.0})
