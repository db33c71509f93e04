"""One call's life: claimed, active, final, whatever ends it; nothing of it is lost and nothing stays behind."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from bots.actions.call_tokens import issue_call_token
from bots.actions.errors import ActionError
from bots.engine.core.outcome import EndReason
from bots.engine.errors import ProviderError
from bots.engine.frames import StartFrame
from bots.engine.services.llm_events import LLMEvent
from bots.engine.testing.tapes import TapeCall, TapeLLM, TapeReply, TapeSTT
from bots.hosting import host as hosting
from bots.hosting.database import in_database
from bots.hosting.switchboard import Switchboard, install_switchboard, resumable_call
from bots.models import Bot, BotVersion, Call, CallEvent, Recording, TranscriptTurn
from bots.models.voice_settings import call_dir
from bots.selectors.journal_file import JOURNAL_NAME, read_journal_file
from tests.bots.hosting.stage import Client, canned, connected, make_board, new_call, over, until

pytestmark = pytest.mark.django_db(transaction=True)


def with_spec(bot: Bot, **changes: Any) -> Bot:
    """The bot with a version that differs from its draft, as an older release may have left it."""
    version = BotVersion.objects.create(bot=bot, number=bot.next_number(), spec={**bot.live_version.spec, **changes})
    bot.live_version = version
    bot.save()
    return bot


def rows_of(call: Call) -> list[dict[str, Any]]:
    return list(CallEvent.objects.filter(call=call).order_by("seq").values("seq", "at", "kind", "data", "cause"))


def journal_of(call: Call) -> list[dict[str, Any]]:
    return read_journal_file(call_dir(call.pk) / JOURNAL_NAME).events


async def assert_complete(call: Call) -> None:
    """Rows and journal tell the same, from the call's beginning to its end, without a hole."""
    rows, journal = await in_database(rows_of, call), journal_of(call)
    assert rows == [{key: event[key] for key in ("seq", "at", "kind", "data", "cause")} for event in journal]
    assert [row["seq"] for row in rows] == list(range(1, len(rows) + 1))
    assert rows[0]["kind"] == "call.started"
    assert rows[-1]["kind"] == "call.ended"
    assert rows[-1]["data"]["reason"] == call.end_reason


async def test_a_call_is_claimed_active_and_final_and_keeps_all_that_was_said(
    board: Switchboard, bot: Bot, ann: Any
) -> None:
    call, token = await in_database(new_call, bot, ann)
    assert call.status == "created"
    client = Client(bot.slug, token)
    said = await client.ready()
    assert (said["call_id"], said["resumed"], said["transport"]) == (str(call.pk), False, "websocket")
    host = board.hosts[call.pk]
    await client.greeted()
    assert (await in_database(Call.objects.get, pk=call.pk)).status == "active"
    client.hear(b"\0\0" * 1600)
    await client.say("hello")
    client.send("disconnect-bot")
    call = await over(host)
    assert await client.closed() == 1000
    goodbye = client.of("server/call-ended")[0]
    assert (goodbye["reason"], goodbye["owner"], goodbye["turns"]) == ("caller_hung_up", "caller", 3)
    assert (call.status, call.end_reason, call.end_owner) == ("ended", "caller_hung_up", "caller")
    assert [message["role"] for message in call.context] == ["assistant", "user", "assistant"]
    await assert_complete(call)
    turns = await in_database(
        lambda: list(TranscriptTurn.objects.filter(call=call).order_by("index").values_list("text"))
    )
    assert [text for (text,) in turns] == [
        "Hello! How can I help you?", "hello", "Hello. How can I help you?",
    ]  # fmt: skip
    recording = await in_database(Recording.objects.get, call=call)
    assert recording.status == "ready"
    assert abs(recording.duration_s - call.duration_s) < 0.02
    sizes = {(call_dir(call.pk) / name).stat().st_size for name in ("caller.s16", "bot.s16")}
    assert sizes == {recording.samples * 2}
    assert board.hosts == {}
    assert board.sessions == {}


async def test_a_caller_is_told_that_the_bot_does_not_listen_yet(board: Switchboard, bot: Bot, ann: Any) -> None:
    """TURN-26."""
    await in_database(lambda: with_spec(bot, mute={"strategies": ["mute_until_first_bot_complete"]}))
    call, token = await in_database(new_call, bot, ann)
    client = Client(bot.slug, token)
    await client.ready()
    muted = await client.get("server/user-mute")
    assert (muted["muted"], muted["reasons"]) == (True, ["mute_until_first_bot_complete"])
    await client.greeted()
    await until(lambda: client.of("server/user-mute")[-1]["muted"] is False)
    host = board.hosts[call.pk]
    client.send("disconnect-bot")
    await over(host)


async def hang_up(client: Client, host: hosting.CallHost) -> None:
    client.send("disconnect-bot")


async def be_gone(client: Client, host: hosting.CallHost) -> None:
    client.leave()


async def nothing(client: Client, host: hosting.CallHost) -> None:
    """The call ends by itself."""


async def be_cancelled(client: Client, host: hosting.CallHost) -> None:
    await host.end(EndReason.CANCELLED)


async def say_bye(client: Client, host: hosting.CallHost) -> None:
    client.send("send-text", {"content": "bye", "options": {"run_immediately": True, "audio_response": True}})


BYE = {"name": "bye", "kind": "call.end", "description": "End the call.", "properties": {}}


@pytest.mark.parametrize(
    ("act", "reason", "spec"),
    [
        (hang_up, "caller_hung_up", {}),
        (be_gone, "client_gone", {}),
        (nothing, "idle_timeout", {"limits": {"idle_timeout_s": 1.0}}),
        (nothing, "max_duration", {"limits": {"max_duration_s": 0.8}}),
        (be_cancelled, "cancelled", {}),
        (say_bye, "bot_ended", {"tools": [BYE]}),
    ],
)
async def test_every_way_to_end_leaves_a_complete_call(
    bot: Bot, ann: Any, voice: Any, board: Switchboard, act: Callable[..., Awaitable[None]], reason: str,
    spec: dict[str, Any],
) -> None:  # fmt: skip
    voice(RESUME_GRACE_S=0.2)
    board._providers = canned(scripted=lambda: TapeLLM([TapeReply(calls=[TapeCall("bye")])]))
    await in_database(with_spec, bot, **spec)
    client, host = await connected(board, bot, ann)
    await act(client, host)
    call = await over(host)
    assert call.end_reason == reason
    assert call.end_sentence.endswith(".")
    await assert_complete(call)
    await client.closed()
    if act is not be_gone:
        assert client.of("server/call-ended")[0]["reason"] == reason
        assert client.close_code == 1000


class BrokenEar(TapeSTT):
    """A recogniser that does not start."""

    async def start(self, frame: StartFrame) -> None:
        raise ProviderError("The recogniser is not there.")


class DyingModel(TapeLLM):
    """A model whose failure nothing can go on from."""

    async def stream(self, context: Any) -> AsyncIterator[LLMEvent]:
        await self.push_error("The model is gone.", ProviderError("The model is gone."), fatal=True)
        return
        yield  # an async generator, though an empty one


async def test_a_provider_without_its_key_is_told_to_the_caller_and_the_call_is_kept(
    board: Switchboard, bot: Bot, ann: Any
) -> None:
    await in_database(with_spec, bot, llm={"provider": "openai", "settings": {}})
    call, token = await in_database(new_call, bot, ann)
    client = Client(bot.slug, token)
    assert await client.closed() == 1000
    error = client.of("error")[0]
    assert (error["code"], error["fatal"]) == ("provider.missing_key", True)
    assert client.of("server/call-ended")[0]["reason"] == "start_failed"
    await until(lambda: call.pk not in board.hosts)
    call = await in_database(Call.objects.get, pk=call.pk)
    assert (call.status, call.end_reason, call.error_code) == ("failed", "start_failed", "provider.missing_key")
    assert call.end_owner == "author"
    await assert_complete(call)


async def test_a_service_that_does_not_start_ends_the_call_with_its_code(
    board: Switchboard, bot: Bot, ann: Any
) -> None:
    board._providers = canned(pocketsphinx=BrokenEar)
    call, token = await in_database(new_call, bot, ann)
    client = Client(bot.slug, token)
    assert await client.closed() == 1000
    assert "provider.failed" in [error.get("code") for error in client.of("error")]
    await until(lambda: call.pk not in board.hosts)
    call = await in_database(Call.objects.get, pk=call.pk)
    assert (call.end_reason, call.error_code, call.end_owner) == ("start_failed", "provider.failed", "provider")
    await assert_complete(call)


async def test_a_flow_that_cannot_begin_ends_the_call_with_its_code(board: Switchboard, bot: Bot, ann: Any) -> None:
    await in_database(with_spec, bot, flow={"initial_node": "start", "nodes": {"start": {}}})
    client, host = await connected(board, bot, ann)
    call = await over(host)
    assert (call.status, call.end_reason, call.error_code) == ("failed", "start_failed", "flow.not_started")
    assert client.of("error")[0]["fatal"] is True
    assert await client.closed() == 1000
    await assert_complete(call)


async def test_a_failure_in_the_pipeline_ends_the_call_with_its_code(board: Switchboard, bot: Bot, ann: Any) -> None:
    board._providers = canned(scripted=DyingModel)
    client, host = await connected(board, bot, ann)
    await say_bye(client, host)
    call = await over(host)
    assert (call.status, call.end_reason, call.error_code) == ("failed", "pipeline_error", "provider.failed")
    assert client.of("error")[0]["code"] == "provider.failed"
    await assert_complete(call)


async def test_a_call_that_nobody_reaches_ends_as_abandoned(board: Switchboard, bot: Bot, ann: Any, voice: Any) -> None:
    voice(RESUME_GRACE_S=0.2)
    call, token = await in_database(new_call, bot, ann)
    call = await over(await board.open(bot.slug, token))
    assert call.end_reason == "client_gone"
    await assert_complete(call)


async def test_a_call_ended_before_its_first_step_is_final_all_the_same(board: Switchboard, bot: Bot, ann: Any) -> None:
    _, token = await in_database(new_call, bot, ann)
    host = await board.open(bot.slug, token)
    await host.end(EndReason.SERVER_SHUTDOWN)
    call = await over(host)
    assert call.end_reason == "server_shutdown"
    await assert_complete(call)


async def test_a_lost_caller_comes_back_once_per_token_to_the_same_conversation(
    board: Switchboard, bot: Bot, ann: Any
) -> None:
    client, host = await connected(board, bot, ann)
    await client.greeted()
    first = client.of("server/call")[0]["resume_token"]
    client.leave()
    await until(lambda: host.transport.line is None)

    def come_back(resume: str) -> str:
        call = resumable_call(resume=resume, user=ann, bot=bot, switchboard=board)
        return issue_call_token(user=ann, bot=bot, call=call)

    again = Client(bot.slug, await in_database(come_back, first))
    said = await again.ready()
    assert said["resumed"] is True
    assert said["call_id"] == str(host.facts.id)
    assert said["resume_token"] != first
    history = await again.get("server/history")
    assert [turn["text"] for turn in history["turns"]] == ["Hello! How can I help you?"]
    await again.say("hello")
    with pytest.raises(ActionError, match="over"):
        await in_database(come_back, first)
    again.send("disconnect-bot")
    call = await over(host)
    await assert_complete(call)
    kinds = [event["kind"] for event in journal_of(call)]
    assert kinds.count("call.connected") == kinds.count("call.reconnected") == kinds.count("call.network_lost") == 1
    texts = [event["data"]["text"] for event in journal_of(call) if event["kind"] == "bot.turn"]
    assert texts == ["Hello! How can I help you?", "Hello. How can I help you?"]


async def test_of_two_lines_the_newer_wins(board: Switchboard, bot: Bot, ann: Any) -> None:
    client, host = await connected(board, bot, ann)
    tokens = [
        await in_database(
            issue_call_token, user=ann, bot=bot, call=await in_database(Call.objects.get, pk=host.facts.id)
        )
        for _ in range(3)
    ]
    later = [Client(bot.slug, token) for token in tokens]
    await until(lambda: [client.close_code, *(one.close_code for one in later)].count(4409) == 3)
    survivor = next(one for one in later if one.close_code is None)
    await survivor.ready()
    survivor.send("disconnect-bot")
    call = await over(host)
    assert call.end_reason == "caller_hung_up"
    assert len(board.hosts) == 0
    await assert_complete(call)
    assert "call.network_lost" not in [event["kind"] for event in journal_of(call)]


async def test_a_line_that_arrives_after_the_goodbye_is_closed(board: Switchboard, bot: Bot, ann: Any) -> None:
    _, host = await connected(board, bot, ann)
    await host.end(EndReason.CANCELLED)
    await over(host)

    class LateLine:
        name, clearable, closed = "late", True, ""

        def clear(self) -> None: ...
        def write_audio(self, pcm: bytes, sample_rate: int) -> None: ...
        def write_message(self, message: Any) -> None: ...

        async def close(self, reason: str) -> None:
            self.closed = reason

    line = LateLine()
    await host.transport.attach(line)
    assert line.closed == "ended"


async def test_the_files_of_a_call_that_cannot_be_made_end_it_with_a_code(
    board: Switchboard, bot: Bot, ann: Any, voice: Any, tmp_path: Any
) -> None:
    blocked = tmp_path / "blocked"
    call, token = await in_database(new_call, bot, ann)
    blocked.write_text("a file where a folder should be")
    voice(CALLS_DIR=blocked)
    client = Client(bot.slug, token)
    assert await client.closed() == 4503
    assert client.close_reason == "server.files"
    call = await in_database(Call.objects.get, pk=call.pk)
    assert (call.end_reason, call.error_code) == ("start_failed", "server.files")


async def test_fifty_calls_leave_nothing_behind(bot: Bot, ann: Any, voice: Any) -> None:
    voice(MAX_CALLS_PER_USER=100)
    board = make_board()
    install_switchboard(board)

    async def one() -> None:
        client, host = await connected(board, bot, ann)
        client.hear(b"\1\0" * 320)
        client.send("disconnect-bot")
        await over(host, 30)
        await client.closed()

    await one()
    tasks, files = len(asyncio.all_tasks()), len(os.listdir("/proc/self/fd"))
    for _ in range(10):
        await asyncio.gather(*(one() for _ in range(5)))
    await until(lambda: len(asyncio.all_tasks()) <= tasks, what=str(asyncio.all_tasks()))
    assert len(os.listdir("/proc/self/fd")) <= files + 6  # the database threads' connections
    assert board.hosts == {}
    assert board.sessions == {}
    assert await in_database(Call.objects.exclude(status="ended").count) == 0
    install_switchboard(None)
