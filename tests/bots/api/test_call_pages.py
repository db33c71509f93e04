"""The call pages: who may see what, what they find, and that words stay words."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from bots.actions.run_job import run_job
from bots.actions.store_events import store_events
from bots.models import Call, Job
from bots.selectors.waiting_time import SETTINGS
from tests.bots.factories import event, make_bot, make_call, make_finished_call, make_user

pytestmark = pytest.mark.django_db

PAGES = ("", "call.json", "live.json")
SOUND = ("audio.wav", "audio.ogg", "peaks.json")
EVIL = [
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", '"><svg onload=alert(1)>', "</span><iframe srcdoc=x>",
    "{{ 7*7 }}{% debug %}", "javascript:alert(1)", "</script><script>alert(2)</script>", "<s data-x='",
]  # fmt: skip


def client_of(user: Any) -> Client:
    client = Client()
    if user is not None:
        client.force_login(user)
    return client


@pytest.fixture
def world() -> dict[str, Any]:
    """A call of Ann's, and everybody who might want to see it."""
    people = {
        "owner": make_user("ann"),
        "stranger": make_user("bob"),
        "stranger with permissions but not staff": make_user(
            "carl", "view_call", "view_transcript", "listen_recording"
        ),
        "staff without permissions": make_user("dora", staff=True),
        "staff who may list": make_user("emil", "view_call", staff=True),
        "staff who may read": make_user("fred", "view_call", "view_transcript", staff=True),
        "staff who may listen": make_user("gina", "view_call", "listen_recording", staff=True),
        "locked owner": make_user("hugo"),
        "administrator": make_user("ida", staff=True, superuser=True),
        "nobody": None,
    }
    call = make_finished_call(make_bot(), people["owner"], seconds=4.0)
    run_job(Job.objects.get().pk)
    people["locked owner"].is_active = False
    people["locked owner"].save()
    return {"call": call, "people": people}


@pytest.mark.parametrize(
    ("who", "sees", "reads", "listens"),
    [
        ("owner", True, True, True),
        ("stranger", False, False, False),
        ("stranger with permissions but not staff", False, False, False),
        ("staff without permissions", False, False, False),
        ("staff who may list", True, False, False),
        ("staff who may read", True, True, False),
        ("staff who may listen", True, False, True),
        ("administrator", True, True, True),
        ("nobody", False, False, False),
    ],
)
def test_every_person_gets_exactly_their_part_of_every_address(
    world: dict[str, Any], who: str, sees: bool, reads: bool, listens: bool
) -> None:
    client, call = client_of(world["people"][who]), world["call"]
    refused = 302 if who == "nobody" else 404
    for page in PAGES:
        assert client.get(f"/calls/{call.pk}/{page}").status_code == (200 if sees else refused), page
    for sound in SOUND:
        assert client.head(f"/calls/{call.pk}/{sound}").status_code == (200 if listens else 404), sound
    if sees:
        html = client.get(f"/calls/{call.pk}/").content.decode()
        assert ("appointment" in html) == reads
        assert ("data-peaks" in html) == listens
        assert ("turns" in client.get(f"/calls/{call.pk}/call.json").json()) == reads
        assert len(client.get("/calls/").context["page"].object_list) == 1
    elif who != "nobody":
        assert len(client.get("/calls/").context["page"].object_list) == 0


def test_a_search_finds_words_only_in_calls_one_may_read(world: dict[str, Any]) -> None:
    def found(who: str, words: str) -> int:
        return len(client_of(world["people"][who]).get("/calls/", {"q": words}).context["page"].object_list)

    assert found("owner", "Tuesday nine") == 1
    assert found("owner", "TUES appoint") == 1
    assert found("owner", "tuesday zebra") == 0
    assert found("owner", "%") == 0
    assert found("staff who may read", "tuesday") == 1
    assert found("staff who may list", "tuesday") == 0
    assert found("stranger", "tuesday") == 0


def test_the_configuration_is_for_people_who_may_see_bots(world: dict[str, Any]) -> None:
    call = world["call"]
    assert "Configuration used" not in client_of(world["people"]["owner"]).get(f"/calls/{call.pk}/").content.decode()
    assert "configuration" not in client_of(world["people"]["owner"]).get(f"/calls/{call.pk}/call.json").json()
    assert (
        "Configuration used" in client_of(world["people"]["administrator"]).get(f"/calls/{call.pk}/").content.decode()
    )


def test_pages_are_not_stored_and_forbid_inline_scripts(world: dict[str, Any]) -> None:
    client, call = client_of(world["people"]["owner"]), world["call"]
    for url in ("/calls/", f"/calls/{call.pk}/"):
        response = client.get(url)
        policy = response["Content-Security-Policy"]
        assert "no-store" in response["Cache-Control"]
        assert "unsafe" not in policy
        assert "script-src 'self'" in policy
        html = response.content.decode()
        assert " style=" not in html
        assert "<style" not in html
        assert " onclick" not in html


@pytest.mark.parametrize("payload", EVIL)
def test_what_people_say_is_never_markup(payload: str) -> None:
    bot, user = make_bot(name=payload[:100]), make_user("ida", staff=True, superuser=True)
    call = make_call(bot, user, user_agent=payload)
    store_events(
        call.pk,
        [
            event(1, 0.0, "call.started", {}),
            event(2, 1.0, "user.turn", {"turn": 1, "text": payload, "at": 0.2, "end": 1.0, "source": payload}),
            event(3, 1.5, "tool.started", {"id": payload, "name": payload, "arguments": {payload: payload}}),
            event(4, 1.6, "tool.failed", {"id": payload, "code": payload, "message": payload}),
            event(5, 2.0, "bot.turn", {"turn": 1, "text": payload, "planned": payload + " " + payload, "at": 1.6,
                                       "end": 2.0, "interrupted": True, "latency_ms": 10,
                                       "segments": [{"name": payload, "ms": 5, "owner": payload}]}),
            event(6, 2.1, payload[:40], {"x": payload}),
            event(7, 2.2, "error", {"code": payload, "message": payload}),
        ],
    )  # fmt: skip
    client = client_of(user)
    for url in (f"/calls/{call.pk}/", "/calls/", "/admin/bots/call/", "/admin/bots/callevent/", "/admin/bots/bot/"):
        html = client.get(url).content.decode()
        for tag in ("<script>alert", "<img src=x", "<svg onload", "<iframe", "<s data-x"):
            assert tag not in html, (url, tag)
    assert "49" not in client.get(f"/calls/{call.pk}/").content.decode().split("7*7")[0][-40:]
    words = [turn["text"] for turn in client.get(f"/calls/{call.pk}/call.json").json()["turns"]]
    assert payload in words


def test_the_list_filters_pages_and_stays_within_a_dozen_queries(django_assert_max_num_queries: Any) -> None:
    bot, quiz, user = make_bot(), make_bot("quiz", name="Quiz"), make_user("ann")
    now = timezone.now()
    for number in range(60):
        make_call(bot, user, created_at=now - timedelta(hours=number))
    slow = make_finished_call(quiz, user, created_at=now - timedelta(days=9), reason="pipeline_error", seconds=30.0)
    client = client_of(user)
    with django_assert_max_num_queries(12):
        first = client.get("/calls/")
    assert (len(first.context["page"]), first.context["page"].paginator.count) == (50, 61)
    assert len(client.get("/calls/", {"page": 2}).context["page"]) == 11
    assert client.get("/calls/", {"page": "nonsense"}).status_code == 200
    day = (now - timedelta(days=9)).astimezone(timezone.get_current_timezone()).date().isoformat()
    for query in ({"bot": "quiz"}, {"state": "failed"}, {"trouble": "slow"}, {"trouble": "cut"}, {"trouble": "errors"},
                  {"last": day}, {"q": "goodbye"}):  # fmt: skip
        assert [call.pk for call in client.get("/calls/", query).context["page"]] == [slow.pk], query
    assert len(client.get("/calls/", {"bot": "unknown", "first": "yesterday", "state": "x"}).context["page"]) == 50


def test_a_call_page_costs_the_same_number_of_queries_however_long_the_call(django_assert_max_num_queries: Any) -> None:
    call = make_call(make_bot(), make_user("ann"))
    turns = [
        event(
            n,
            float(n),
            "user.turn" if n % 2 else "bot.turn",
            {"turn": n, "text": "some words here", "at": n - 0.9, "end": n},
        )
        for n in range(1, 401)
    ]
    store_events(call.pk, turns)
    client = client_of(call.user)
    with django_assert_max_num_queries(16):
        html = client.get(f"/calls/{call.pk}/").content.decode()
    assert html.count("data-turn") == 400


def test_a_running_call_says_so_and_its_page_can_follow_it() -> None:
    call = make_call(make_bot(), make_user("ann"))
    client = client_of(call.user)
    html = client.get(f"/calls/{call.pk}/").content.decode()
    assert "the page follows it" in html
    assert "as soon as the call has ended" in html
    state = client.get(f"/calls/{call.pk}/live.json").json()
    assert (state["final"], state["seq"]) == (False, call.journal_seq)


def test_an_interrupted_reply_shows_what_was_not_heard_struck_through(world: dict[str, Any]) -> None:
    html = client_of(world["people"]["owner"]).get(f"/calls/{world['call'].pk}/").content.decode()
    struck = html.split('<s class="unheard"')[1].split("</s>")[0]
    assert "afternoon" in struck
    assert "Tuesday" not in struck
    assert "interrupted: 9 of 22 words heard" in html


def test_the_export_is_the_whole_call(world: dict[str, Any]) -> None:
    client = client_of(world["people"]["administrator"])
    document = json.loads(client.get(f"/calls/{world['call'].pk}/call.json").content)
    assert document["end"]["reason"] == "caller_hung_up"
    assert [turn["role"] for turn in document["turns"]] == ["bot", "user", "bot", "user", "bot", "user"]
    assert len(document["events"]) == 21
    assert "persona" in document["configuration"]


def test_a_broken_address_is_a_polite_page() -> None:
    client = client_of(make_user("ann"))
    response = client.get("/calls/00000000-0000-7000-8000-000000000000/")
    assert response.status_code == 404
    assert "There is nothing here that you may see." in response.content.decode()
    assert Call.objects.count() == 0


def test_the_waterfall_names_every_part_and_leads_who_may_to_its_setting() -> None:  # lessons T5
    author, viewer = make_user("ida", staff=True, superuser=True), make_user("vic", "view_call", "view_transcript")
    call = make_finished_call(make_bot(), author)
    page = client_of(author).get(f"/calls/{call.pk}/").content.decode()
    form = f"/admin/bots/bot/{call.bot_id}/change/"
    for kind, field in (("end_of_turn", "vad__stop_secs"), ("llm", "llm__provider"), ("tools", "tools")):
        assert f'data-part="{kind}"' in page
        assert f'href="{form}#id_{field}"' in page
    shown = client_of(author).get(form).content.decode()
    assert all(f'id="id_{field}"' in shown for field, _ in SETTINGS.values())
    assert form not in client_of(viewer).get(f"/calls/{call.pk}/").content.decode()


def test_the_bots_page_tells_how_long_callers_of_each_version_waited() -> None:  # lessons T5
    author = make_user("ida", staff=True, superuser=True)
    call = make_finished_call(make_bot(), author)
    page = client_of(author).get(f"/admin/bots/bot/{call.bot_id}/change/").content.decode()
    assert "<td>650 ms</td><td>1900 ms</td>" in page


def test_a_greetings_wait_is_shown_and_marked_as_no_answer() -> None:  # lessons T5
    author = make_user("ida", staff=True, superuser=True)
    call = make_finished_call(make_bot(), author)
    page = client_of(author).get(f"/calls/{call.pk}/").content.decode()
    assert page.count('class="chip unprompted">80 ms') == 1
    assert call.latency_p50_ms == 650
