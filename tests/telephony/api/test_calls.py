"""Programs place calls and ask how they stand: with a key or on our pages, within the same rules, once per request."""

from __future__ import annotations

import json
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from bots.actions.api_keys import make_api_key
from bots.models import Call
from telephony.actions import place_call
from telephony.models import CallLeg, DialPolicy, PhoneNumber
from tests.bots.factories import make_bot, make_user
from tests.telephony.dialling import OURS, PUBLIC, THEIRS, FakeAPI, make_dialler, make_number, make_policy

pytestmark = pytest.mark.django_db
ADDRESS = "/telephony/api/calls/"


@pytest.fixture
def api(settings: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> FakeAPI:
    """The carrier, in place of the account's own."""
    settings.VOICE = {**settings.VOICE, "CALLS_DIR": tmp_path, "PUBLIC_URL": PUBLIC}
    make_policy()
    found = FakeAPI()
    monkeypatch.setattr(place_call, "api_of", lambda account: found)
    return found


@pytest.fixture
def number(api: FakeAPI) -> PhoneNumber:
    return make_number()


def post(body: Any, key: str = "", client: Client | None = None, **headers: str) -> Any:
    if key:
        headers["Authorization"] = f"Bearer {key}"
    data = body if isinstance(body, (str, bytes)) else json.dumps(body)
    return (client or Client()).post(ADDRESS, data, content_type="application/json", headers=headers)


def key_for(number: PhoneNumber, user: Any) -> str:
    assert number.bot is not None
    return make_api_key(bot=number.bot, user=user, name="test")[1]


def test_a_program_places_a_call_and_sees_how_it_stands(number: PhoneNumber, api: FakeAPI) -> None:
    key = key_for(number, make_dialler())
    placed = post({"from": OURS, "to": "+49 89 123456", "custom": {"name": "Ada"}}, key)
    assert placed.status_code == 201
    told = placed.json()
    assert (told["status"], told["final"], told["to"], told["bot"]) == ("queued", False, "+49…456", "desk")
    assert (told["reserved"], told["cost"], told["currency"]) == ("0.2000", None, "USD")
    assert placed["Location"] == f"{ADDRESS}{told['id']}/"
    assert placed["Cache-Control"] == "no-store"
    assert api.placed[0].to_number == THEIRS
    seen = Client().get(placed["Location"], headers={"Authorization": f"Bearer {key}"})
    assert (seen.status_code, seen.json()) == (200, told)


def test_whole_numbers_are_told_to_who_may_see_them(number: PhoneNumber) -> None:
    key = key_for(number, make_dialler("vera", "view_numbers"))
    assert post({"from": OURS, "to": THEIRS}, key).json()["to"] == THEIRS


def test_a_request_that_is_sent_again_places_one_call(number: PhoneNumber, api: FakeAPI) -> None:
    key, body = key_for(number, make_dialler()), {"from": OURS, "to": THEIRS}
    first = post(body, key, **{"Idempotency-Key": "order-7"})
    again = post(body, key, **{"Idempotency-Key": "order-7"})
    assert (first.status_code, again.status_code, again["Idempotent-Replayed"]) == (201, 200, "true")
    assert first.json() == again.json()
    other = post({**body, "to": "+498954321"}, key, **{"Idempotency-Key": "order-7"})
    assert (other.status_code, other.json()["code"]) == (422, "input.request_key")
    assert len(api.placed) == Call.objects.count() == 1


def test_a_rule_against_the_call_is_answered_with_code_sentence_owner_and_next_step(
    number: PhoneNumber, api: FakeAPI
) -> None:
    key = key_for(number, make_dialler())
    DialPolicy.objects.update(is_enabled=False)
    refused = post({"from": OURS, "to": THEIRS}, key)
    assert (refused.status_code, refused.json()) == (403, {
        "code": "dial.off", "info": "Dialling out is switched off.", "detail": "Dialling out is switched off.",
        "owner": "author", "next_step": "Switch it on under Dialling policy, with care.",
    })  # fmt: skip
    DialPolicy.objects.update(is_enabled=True, calls_per_day=0)
    assert post({"from": OURS, "to": THEIRS}, key).status_code == 429
    assert post({"from": OURS, "to": "+19002345678"}, key).json()["code"] == "number.forbidden_type"
    assert api.placed == []


def test_who_may_not_place_calls_is_refused(number: PhoneNumber, api: FakeAPI) -> None:
    refused = post({"from": OURS, "to": THEIRS}, key_for(number, make_user("eve")))
    assert (refused.status_code, refused.json()["code"]) == (403, "dial.forbidden")
    assert post({"from": OURS, "to": THEIRS}).json()["code"] == "auth.required"
    assert post({"from": OURS, "to": THEIRS}, "vk_guess").json()["code"] == "key.invalid"
    other = make_api_key(bot=make_bot("other"), user=make_dialler(), name="x")[1]
    assert post({"from": OURS, "to": THEIRS}, other).json()["code"] == "key.invalid"
    assert api.placed == []


def test_our_pages_place_calls_with_their_token_and_other_pages_do_not(number: PhoneNumber, api: FakeAPI) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(make_dialler())
    body = {"from": OURS, "to": THEIRS, "bot": "desk"}
    assert post(body, client=client).json()["code"] == "auth.forged"
    client.cookies["csrftoken"] = token = "a" * 32
    assert post(body, client=client, **{"X-CSRFToken": token}).status_code == 201
    leg = CallLeg.objects.get()
    assert client.get(f"{ADDRESS}{leg.pk}/").status_code == 200


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ("{", 400, "input.malformed"),
        ("[]", 400, "input.malformed"),
        ("[" * 9000, 400, "input.malformed"),
        (b"\xff\xfe", 400, "input.malformed"),
        (" " * 17_000, 413, "input.too_large"),
        ({}, 400, "input.malformed"),
        ({"from": 49, "to": THEIRS}, 400, "input.malformed"),
        ({"from": OURS}, 400, "input.malformed"),
        ({"from": OURS, "to": None}, 400, "input.malformed"),
        ({"from": OURS, "to": THEIRS, "custom": [1]}, 400, "input.malformed"),
        ({"from": OURS, "to": THEIRS, "custom": {"a b": 1}}, 400, "input.custom"),
        ({"from": OURS, "to": THEIRS, "custom": {"a": "x\x00y"}}, 400, "input.malformed"),
        ({"from": OURS, "to": THEIRS, "bot": "\ud800"}, 400, "input.malformed"),
        ({"from": OURS, "to": THEIRS, "bot": 7}, 400, "input.malformed"),
        ({"from": OURS, "to": THEIRS, "bot": "nobody"}, 404, "bot.unknown"),
        ({"from": "nobody", "to": THEIRS}, 400, "number.invalid"),
        ({"from": "+4930999999", "to": THEIRS, "bot": "desk"}, 404, "number.unknown"),
    ],
)
def test_requests_that_cannot_be_read_are_refused(
    number: PhoneNumber, api: FakeAPI, body: Any, status: int, code: str
) -> None:
    refused = post(body, key_for(number, make_dialler()))
    assert (refused.status_code, refused.json()["code"]) == (status, code)
    assert refused.json()["next_step"]
    assert api.placed == []


def test_other_methods_are_answered_with_the_right_one(number: PhoneNumber) -> None:
    assert Client().get(ADDRESS).json()["next_step"] == "Use POST."
    assert Client().post(f"{ADDRESS}{uuid4()}/").status_code == 405


def test_a_call_is_told_to_nobody_else(number: PhoneNumber) -> None:
    key = key_for(number, make_dialler())
    address = post({"from": OURS, "to": THEIRS}, key)["Location"]
    stranger = Client()
    assert stranger.get(address).json()["code"] == "auth.required"
    stranger.force_login(make_user("eve"))
    for found in (stranger.get(address), stranger.get(f"{ADDRESS}{uuid4()}/"),
                  Client().get(address, headers={"Authorization": "Bearer vk_guess"}),
                  Client().get(f"{ADDRESS}{uuid4()}/", headers={"Authorization": f"Bearer {key}"})):  # fmt: skip
        assert (found.status_code, found.json()["code"]) == (404, "call.unknown")
    colleague = Client()
    colleague.force_login(make_user("maria", "view_call", staff=True))
    assert colleague.get(address).status_code == 200
