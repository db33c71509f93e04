"""The media socket's door, and what becomes of a stream that is not as it should be: a code, and an end of its call."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from channels.routing import URLRouter
from django.utils import timezone

from bots.hosting.database import in_database
from bots.hosting.switchboard import Switchboard
from bots.models import Call
from telephony.actions.stream_tokens import issue_stream_token
from telephony.consumers import media_stream as consumer
from telephony.models import CallLeg, CarrierAccount
from telephony.routing import websocket_urlpatterns
from tests.bots.hosting.stage import over, until
from tests.bots.hosting.test_recorder import rename
from tests.telephony.phone import Interface, Phone
from tests.telephony.rows import make_account, make_leg, quick_bot
from tests.telephony.wire import line_of

pytestmark = pytest.mark.django_db(transaction=True)


def new_leg(carrier: str = "twilio", **values: Any) -> tuple[CallLeg, str]:
    leg = make_leg(make_account(carrier), quick_bot(), **values)
    return leg, issue_stream_token(leg)


def state_of(leg: CallLeg) -> tuple[str, str, str]:
    call = Call.objects.get(pk=leg.call_id)
    return call.status, call.end_reason, call.error_code


def hung_up(interface: Interface) -> bool:
    return any("Status=completed" in body for _, _, body in interface.asked)


# -- the door ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("token", ["", "guess", "%00\0", "ü" * 40, "a" * 100_000, "../../status", "' OR 1=1 --"])
async def test_a_token_that_opens_nothing_is_refused_before_the_socket_is_accepted(
    board: Switchboard, token: str
) -> None:
    """Reliability T7; TEL-02, TEL-09."""
    await in_database(new_leg)
    phone = Phone("twilio", token, line_of("twilio"))
    assert await phone.over() == (4403, "")
    assert not phone.accepted.is_set()
    assert board.hosts == {}


@pytest.mark.parametrize(
    ("route", "change"),
    [
        ("telnyx", {}),
        ("nobody", {}),
        ("", {"token_expires_at": timedelta(seconds=-1)}),
        ("", {"token_used_at": timedelta(0)}),
        ("", {"status": "completed"}),
        ("", {"status": "refused"}),
        ("", {"call": None}),
        ("", {"token_hash": ""}),
    ],
)
async def test_a_token_is_for_one_stream_of_one_carrier_within_a_minute(
    board: Switchboard, route: str, change: dict[str, Any]
) -> None:
    """Reliability T7; lessons T16."""
    leg, token = await in_database(new_leg)
    values = {name: timezone.now() + at if isinstance(at, timedelta) else at for name, at in change.items()}
    await in_database(CallLeg.objects.filter(pk=leg.pk).update, **{"token_hash": leg.token_hash, **values})
    phone = Phone("twilio", token, line_of("twilio"), route=route)
    assert await phone.over() == (4403, "")
    assert not phone.accepted.is_set()
    assert board.hosts == {}


async def test_the_token_of_a_disabled_account_opens_nothing(board: Switchboard) -> None:
    _, token = await in_database(new_leg)
    await in_database(CarrierAccount.objects.update, is_enabled=False)
    assert await Phone("twilio", token, line_of("twilio")).over() == (4403, "")


async def test_a_newer_token_makes_the_older_one_void(board: Switchboard, interface: Interface) -> None:
    leg, older = await in_database(new_leg)
    newer = await in_database(issue_stream_token, leg)
    assert await Phone("twilio", older, line_of("twilio")).over() == (4403, "")
    phone = Phone("twilio", newer, line_of("twilio"))
    await phone.accepted.wait()


async def test_a_second_socket_for_a_running_stream_is_refused_and_disturbs_nothing(
    board: Switchboard, interface: Interface
) -> None:
    leg, token = await in_database(new_leg)
    phone = Phone("twilio", token, line_of("twilio"))
    phone.begin()
    host = await until(lambda: board.hosts.get(leg.call_id))
    assert await Phone("twilio", token, line_of("twilio")).over() == (4403, "")
    await phone.heard_out()
    # Even a token that was issued beside the rules brings no second line.
    third = Phone("twilio", await in_database(issue_stream_token, leg), line_of("twilio"))
    third.begin()
    assert await third.over() == (4011, "call.taken")
    assert phone.closed is None
    assert not hung_up(interface)
    phone.hang_up()
    assert (await over(host)).end_reason == "caller_hung_up"


async def test_secrets_that_cannot_be_opened_end_the_call(board: Switchboard) -> None:
    leg, token = await in_database(new_leg)
    await in_database(CarrierAccount.objects.update, encrypted=b"what no key opens")
    assert await Phone("twilio", token, line_of("twilio")).over() == (4403, "")
    assert await in_database(state_of, leg) == ("failed", "start_failed", "credential.unreadable")


async def test_a_server_that_drains_takes_no_stream_and_ends_its_call(board: Switchboard, interface: Interface) -> None:
    leg, token = await in_database(new_leg)
    board.draining = True
    assert await Phone("twilio", token, line_of("twilio")).over() == (4403, "")
    assert await in_database(state_of, leg) == ("ended", "server_shutdown", "server.draining")
    assert hung_up(interface)


async def test_the_route_leads_here(board: Switchboard, interface: Interface) -> None:
    _, token = await in_database(new_leg)
    to_server: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    sent: list[dict[str, Any]] = []

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    scope = {"type": "websocket", "path": f"/telephony/stream/twilio/{token}", "headers": []}
    to_server.put_nowait({"type": "websocket.connect"})
    running = asyncio.create_task(URLRouter(websocket_urlpatterns)(scope, to_server.get, send))
    await until(lambda: sent)
    assert sent[0]["type"] == "websocket.accept"
    to_server.put_nowait({"type": "websocket.disconnect", "code": 1000})
    await asyncio.wait_for(running, 5)


# -- before the start --------------------------------------------------------------------------------------------------

MEDIA = json.dumps({"event": "media", "streamSid": "MZ1", "media": {"payload": "////", "chunk": "1"}})
OTHER_FORM = {"mediaFormat": {"encoding": "audio/opus", "sampleRate": 48000, "channels": 2}}


@pytest.mark.parametrize(
    ("messages", "start", "closed", "code"),
    [
        ([], {"callSid": "CA-of-somebody-else"}, (4008, "stream.refused"), "stream.refused"),
        ([], {"callSid": ""}, (4008, "stream.refused"), "stream.refused"),
        ([], OTHER_FORM, (4008, "stream.encoding"), "stream.encoding"),
        ([MEDIA] * 20, None, (4008, "stream.order"), "stream.order"),
        (["{", "[]", "null", '{"event": 5}', b"\xff\x00"] * 4, None, (4008, "stream.order"), "stream.order"),
        (["[" * 30_000] * 20, None, (4008, "stream.order"), "stream.order"),
        (['{"event": "start"}'] * 20, None, (4008, "stream.order"), "stream.order"),
        (["x" * ((1 << 20) + 1)], None, (4009, "stream.too_large"), "stream.too_large"),
        ([b"x" * ((1 << 20) + 1)], None, (4009, "stream.too_large"), "stream.too_large"),
    ],
)
async def test_a_stream_that_does_not_begin_as_it_should_is_closed_with_a_code_and_its_call_is_over(
    board: Switchboard, interface: Interface, messages: list[Any], start: dict[str, Any] | None,
    closed: tuple[int, str], code: str,
) -> None:  # fmt: skip
    """Reliability C9 to C11, T7: the token is spent, so the call cannot live; the caller does not wait in silence."""
    leg, token = await in_database(new_leg)
    phone = Phone("twilio", token, line_of("twilio"))
    for message in messages:
        phone.send(message)
    if start is not None:
        phone.begin(**start)
    assert await phone.over() == closed
    assert await in_database(state_of, leg) == ("failed", "not_connected", code)
    assert hung_up(interface)
    assert interface.open == 0
    assert board.hosts == {}


async def test_some_early_messages_are_forgiven(board: Switchboard, interface: Interface) -> None:
    leg, token = await in_database(new_leg)
    phone = Phone("twilio", token, line_of("twilio"))
    for message in [MEDIA] * 10:
        phone.send(message)
    phone.begin()
    host = await until(lambda: board.hosts.get(leg.call_id))
    phone.hang_up()
    await over(host)


async def test_a_stream_that_never_begins_is_not_waited_for(
    board: Switchboard, interface: Interface, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Reliability S11."""
    assert consumer.START_WITHIN_S == 5.0
    monkeypatch.setattr(consumer, "START_WITHIN_S", 0.1)
    leg, token = await in_database(new_leg)
    phone = Phone("twilio", token, line_of("twilio"))
    phone.send(phone.profile.hello(phone.line))
    assert await phone.over() == (4008, "stream.order")
    assert await in_database(state_of, leg) == ("failed", "not_connected", "stream.order")
    assert hung_up(interface)


@pytest.mark.parametrize(
    ("close_code", "state"),
    [(1000, ("ended", "caller_hung_up", "stream.left")), (1006, ("failed", "not_connected", "stream.order"))],
)
async def test_a_socket_that_goes_before_its_stream_began_leaves_no_open_call(
    board: Switchboard, interface: Interface, close_code: int, state: tuple[str, str, str]
) -> None:
    leg, token = await in_database(new_leg)
    phone = Phone("twilio", token, line_of("twilio"))
    await phone.accepted.wait()
    phone.leave(close_code)
    await phone.over()
    assert await in_database(state_of, leg) == state


async def test_a_call_that_cannot_be_opened_is_told_by_a_code(board: Switchboard, interface: Interface) -> None:
    """The carrier has said meanwhile that the caller hung up."""
    leg, token = await in_database(new_leg)
    phone = Phone("twilio", token, line_of("twilio"))
    await phone.accepted.wait()
    await in_database(
        Call.objects.filter(pk=leg.call_id).update,
        status="ended", end_reason="caller_hung_up", ended_at=timezone.now(), duration_s=0.0,
    )  # fmt: skip
    phone.begin()
    assert await phone.over() == (4011, "call.gone")
    assert interface.open == 0


@pytest.mark.parametrize(
    ("trouble", "code", "state"),
    [
        ("drains", "server.draining", ("ended", "server_shutdown", "server.draining")),
        ("files", "server.files", ("failed", "start_failed", "server.files")),
        ("region", "carrier.cannot", ("failed", "not_connected", "carrier.cannot")),
    ],
)
async def test_trouble_of_ours_between_the_socket_and_its_start_ends_the_call_with_its_code(
    board: Switchboard, interface: Interface, voice: Any, tmp_path: Path, trouble: str, code: str,
    state: tuple[str, str, str],
) -> None:  # fmt: skip
    leg, token = await in_database(new_leg)
    if trouble == "region":
        await in_database(CarrierAccount.objects.update, region="evil.example/?")
    phone = Phone("twilio", token, line_of("twilio"))
    await phone.accepted.wait()
    if trouble == "drains":
        board.draining = True
    elif trouble == "files":
        (tmp_path / "blocked").write_text("a file where a folder should be")
        voice(CALLS_DIR=tmp_path / "blocked")
    phone.begin()
    assert await phone.over() == (4011, code)
    assert await in_database(state_of, leg) == state
    assert hung_up(interface) == (trouble != "region")
    assert interface.open == 0
    board.draining = False


async def test_without_the_database_a_stream_is_refused_and_later_the_call_is_hung_up(
    board: Switchboard, interface: Interface
) -> None:
    leg, token = await in_database(new_leg)
    phone = Phone("twilio", token, line_of("twilio"))
    await phone.accepted.wait()
    await in_database(rename, "telephony_callleg", "elsewhere")
    try:
        early = Phone("twilio", token, line_of("twilio"))
        assert await early.over() == (4403, "")
        phone.begin()
        assert await phone.over() == (4011, "server.database")
    finally:
        await in_database(rename, "elsewhere", "telephony_callleg")
    assert hung_up(interface)
    assert interface.open == 0
    assert await in_database(state_of, leg) == ("failed", "not_connected", "server.database")


# -- while it runs -----------------------------------------------------------------------------------------------------


async def running(board: Switchboard, carrier: str = "twilio") -> tuple[Phone, Any]:
    leg, token = await in_database(new_leg, carrier)
    phone = Phone(carrier, token, line_of(carrier))
    phone.begin()
    host = await until(lambda: board.hosts.get(leg.call_id))
    await phone.heard_out()
    return phone, host


async def test_a_giant_message_ends_a_running_stream_and_with_it_the_call(
    board: Switchboard, interface: Interface
) -> None:
    phone, host = await running(board)
    phone.send("x" * ((1 << 20) + 1))
    assert await phone.over() == (4009, "stream.too_large")
    call = await over(host)
    assert (call.status, call.end_reason) == ("ended", "client_gone")
    assert hung_up(interface)
    assert interface.open == 0


@pytest.mark.parametrize("message", ["{", b"\x00\x01", "y" * 70_000, '{"event": "media", "media": {"payload": "?"}}'])
async def test_nonsense_is_noted_and_too_much_of_it_ends_the_stream(
    board: Switchboard, interface: Interface, message: str | bytes
) -> None:
    """Reliability C9, C10."""
    phone, host = await running(board)
    phone.send(message)
    await asyncio.sleep(0.05)
    assert phone.closed is None
    for _ in range(60):
        phone.send(message)
    assert await phone.over() == (4008, "input.given_up")
    call = await over(host)
    assert call.status == "ended"
    assert hung_up(interface)


async def test_a_second_start_and_sound_after_the_stop_are_refused(board: Switchboard, interface: Interface) -> None:
    phone, host = await running(board)
    phone.begin()
    phone.send(phone.profile.stop(phone.line))
    for _ in range(3):
        phone.send(MEDIA)
    call = await over(host)
    assert call.end_reason == "caller_hung_up"
    kinds = await in_database(lambda: list(call.events.values_list("kind", "data")))
    assert ("input.rejected", "stream.order") in [(kind, data.get("code")) for kind, data in kinds]
    assert await phone.over() == (1000, "ended")


async def test_a_running_stream_shows_at_the_leg(board: Switchboard, interface: Interface) -> None:
    phone, host = await running(board)
    leg = await in_database(CallLeg.objects.get)
    assert (leg.status, leg.stream_id, leg.carrier_call_id) == ("answered", "MZ1", "CA1")
    assert leg.answered_at is not None
    phone.hang_up()
    await over(host)
