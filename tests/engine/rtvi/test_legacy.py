"""Services and actions of 2025 (RTVI-06, RTVI-07), and that clients configure nothing (RTVI-15)."""

from __future__ import annotations

from typing import Any

import pytest

from bots.engine.rtvi import RTVIAction, RTVIActionArgument, RTVIProcessor, RTVIService, RTVIServiceOption
from bots.engine.rtvi.legacy import LegacyRegistration
from tests.engine.rtvi.conversation import Conversation, code_of, converse


class Bot:
    """A bot with one option and two actions, and what was asked of it."""

    def __init__(self, rtvi: RTVIProcessor) -> None:
        self.voices: list[Any] = []
        rtvi.register_service(RTVIService("voice", [RTVIServiceOption("voice_id", "string", self.on_voice)]))
        rtvi.register_action(
            RTVIAction("knowledge", "search", self.on_search,
                       [RTVIActionArgument("query", "string"), RTVIActionArgument("limit", "number")], "array")
        )  # fmt: skip
        rtvi.register_action(RTVIAction("knowledge", "break", self.on_break))

    async def on_voice(self, processor: Any, service: str, option: RTVIServiceOption) -> None:
        assert isinstance(processor, RTVIProcessor)
        self.voices.append((service, option.name, option.value))

    async def on_search(self, processor: Any, service: str, arguments: dict[str, Any]) -> list[str]:
        return [f"{service}: {arguments['query']}"] * int(arguments.get("limit", 1))

    async def on_break(self, processor: Any, service: str, arguments: dict[str, Any]) -> bool:
        raise LookupError


async def asked(call: Conversation, kind: str, data: Any = None) -> dict[str, Any]:
    await call.client.send(kind, data)
    await call.settle()
    return dict(call.client.received[-1])


def searching(arguments: Any) -> dict[str, Any]:
    return {"service": "knowledge", "action": "search", "arguments": arguments}


def test_a_client_runs_a_registered_action_and_gets_its_result() -> None:  # RTVI-07
    async def script(call: Conversation) -> None:
        Bot(call.rtvi)
        await call.client.connect()
        arguments = [{"name": "query", "value": "tea"}, {"name": "limit", "value": 2}]
        answer = await asked(call, "action", searching(arguments))
        assert (answer["type"], answer["data"]) == ("action-response", {"result": ["knowledge: tea"] * 2})

    converse(script)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (searching([{"name": "limit", "value": True}]), "rtvi.malformed"),
        ({"service": "knowledge", "action": "delete"}, "rtvi.unsupported"),
        (searching({"query": "x"}), "rtvi.malformed"),
        (searching([{"name": "query", "value": 5}]), "rtvi.malformed"),
        (searching([{"name": "who", "value": "x"}]), "rtvi.malformed"),
        ({"service": "knowledge", "action": "break"}, "rtvi.refused"),
    ],
)
def test_what_cannot_be_run_is_refused_and_the_next_action_runs(data: dict[str, Any], code: str) -> None:  # RTVI-07
    async def script(call: Conversation) -> None:
        Bot(call.rtvi)
        await call.client.connect()
        assert code_of(await asked(call, "action", data)) == code
        assert (await asked(call, "action", searching([{"name": "query", "value": "tea"}])))[
            "type"
        ] == "action-response"

    converse(script)


def test_clients_may_list_what_there_is_but_change_nothing() -> None:  # RTVI-06, RTVI-15
    async def script(call: Conversation) -> None:
        bot = Bot(call.rtvi)
        await call.client.connect()
        actions = (await asked(call, "describe-actions"))["data"]["actions"]
        assert [(action["action"], action["result"]) for action in actions] == [("search", "array"), ("break", "bool")]
        assert actions[0]["arguments"] == [{"name": "query", "type": "string"}, {"name": "limit", "type": "number"}]
        services = (await asked(call, "describe-config"))["data"]["config"]
        assert services == [{"name": "voice", "options": [{"name": "voice_id", "type": "string"}]}]
        assert (await asked(call, "get-config"))["data"] == {"config": []}
        change = {"config": [{"service": "voice", "options": [{"name": "voice_id", "value": "amy"}]}]}
        assert code_of(await asked(call, "update-config", change)) == "rtvi.unsupported"
        assert bot.voices == []

    converse(script)


def test_the_bots_own_code_sets_options() -> None:  # RTVI-06
    async def script(call: Conversation) -> None:
        bot = Bot(call.rtvi)
        await call.rtvi.legacy.configure("voice", "voice_id", "amy")
        assert bot.voices == [("voice", "voice_id", "amy")]
        for service, option, value in [("voice", "speed", 1), ("ears", "voice_id", "amy"), ("voice", "voice_id", 1)]:
            with pytest.raises(LegacyRegistration):
                await call.rtvi.legacy.configure(service, option, value)

    converse(script)


def test_registrations_that_clash_or_have_no_known_type_are_refused() -> None:  # RTVI-06, RTVI-07
    async def nothing(*args: Any) -> None:
        return

    rtvi = RTVIProcessor()
    Bot(rtvi)
    for wrong in (RTVIService("voice"), RTVIService("c", [RTVIServiceOption("b", "string", nothing)] * 2)):
        with pytest.raises(LegacyRegistration):
            rtvi.register_service(wrong)
    with pytest.raises(ValueError, match="action:"):
        rtvi.register_action(RTVIAction("knowledge", "search", nothing))
    for make in (
        lambda: RTVIServiceOption("b", "text", nothing), lambda: RTVIActionArgument("c", "int"),
        lambda: RTVIAction("a", "c", nothing, result="text"),
    ):  # fmt: skip
        with pytest.raises(ValueError, match="must be one of"):
            make()
