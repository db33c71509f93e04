"""Records are looked at; secrets go in and never come out."""

from __future__ import annotations

import logging
import pickle
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.contrib.admin.models import LogEntry
from django.test import Client

from bots.actions.api_keys import api_key_in_use
from bots.actions.run_job import run_job
from bots.models import ApiKey, Call, CallEvent, Credential, Job, UnreadableCredential
from bots.selectors.credentials import secrets_for
from tests.bots.factories import make_bot, make_finished_call, make_user

pytestmark = pytest.mark.django_db

CANARY = "sk-canary-0a1b2c3d4e5f"


@pytest.fixture
def client() -> Client:
    """An administrator's browser."""
    browser = Client()
    browser.force_login(make_user("root", staff=True, superuser=True))
    return browser


def test_a_credential_is_written_once_and_shown_nowhere(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    client.post("/admin/bots/credential/add/", {"name": "chat", "provider": "openai", "secret": CANARY})
    credential = Credential.objects.get()
    assert credential.secret() == CANARY
    assert secrets_for({"llm": {"settings": {"credential": "chat"}}}) == {"chat": CANARY}
    url = f"/admin/bots/credential/{credential.pk}/change/"
    client.post(url, {"name": "chat", "provider": "other", "secret": ""})
    credential.refresh_from_db()
    assert (credential.secret(), credential.provider) == (CANARY, "other")
    shown = [client.get(page).content.decode() for page in (url, "/admin/bots/credential/", f"{url}../history/")]
    shown += [str(credential), repr(credential), repr(vars(credential)), caplog.text, str(LogEntry.objects.values())]
    shown += [repr(pickle.dumps(credential))]
    assert all(CANARY not in text for text in shown)
    assert "…4e5f" in str(credential)


def test_a_new_credential_needs_a_secret_and_a_short_one_shows_no_ending(client: Client) -> None:
    answer = client.post("/admin/bots/credential/add/", {"name": "chat", "provider": "openai", "secret": ""})
    assert "needs its secret" in answer.content.decode()
    client.post("/admin/bots/credential/add/", {"name": "chat", "provider": "openai", "secret": "short"})
    assert Credential.objects.get().last4 == ""


def test_secrets_survive_a_rotation_and_are_lost_without_their_key(settings: Any) -> None:
    credential = Credential(name="chat", provider="openai")
    credential.set_secret(CANARY)
    old = settings.VOICE["ENCRYPTION_KEYS"]
    settings.VOICE = {**settings.VOICE, "ENCRYPTION_KEYS": [Fernet.generate_key().decode(), *old]}
    assert credential.secret() == CANARY
    settings.VOICE = {**settings.VOICE, "ENCRYPTION_KEYS": [Fernet.generate_key().decode()]}
    with pytest.raises(UnreadableCredential) as caught:
        credential.secret()
    assert CANARY not in str(caught.value)


def test_an_api_key_is_shown_once_and_can_be_revoked(client: Client) -> None:
    bot = make_bot()
    answer = client.post("/admin/bots/apikey/add/", {"name": "intercom", "bot": bot.pk})
    secret = answer.context["secret"]
    assert secret in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]
    assert api_key_in_use(secret, bot=bot).user.get_username() == "root"
    key = ApiKey.objects.get()
    for page in ("/admin/bots/apikey/", f"/admin/bots/apikey/{key.pk}/change/"):
        assert secret not in client.get(page).content.decode()
    client.post("/admin/bots/apikey/", {"action": "revoke", "_selected_action": [key.pk]})
    key.refresh_from_db()
    assert key.revoked_at is not None


def test_calls_and_events_are_read_only_and_link_to_the_call_page(client: Client) -> None:
    call = make_finished_call(make_bot(), make_user("ann"), seconds=3.0)
    assert f"/calls/{call.pk}/" in client.get("/admin/bots/call/").content.decode()
    assert client.get(f"/admin/bots/call/{call.pk}/change/")["Location"] == f"/calls/{call.pk}/"
    row = CallEvent.objects.first()
    assert client.get(f"/admin/bots/callevent/{row.pk}/change/").status_code == 200
    for url in (
        "/admin/bots/callevent/add/",
        f"/admin/bots/callevent/{row.pk}/delete/",
        f"/admin/bots/call/{call.pk}/delete/",
    ):
        assert client.post(url, {"post": "yes"}).status_code == 403
    assert client.post(f"/admin/bots/callevent/{row.pk}/change/", {"kind": "x"}).status_code == 403
    assert Call.objects.count() == 1


def test_events_are_for_people_who_may_read_transcripts() -> None:
    make_finished_call(make_bot(), make_user("ann"), seconds=3.0)
    for name, permissions, status in (
        ("a", ["view_callevent"], 403),
        ("b", ["view_callevent", "view_transcript", "view_call"], 200),
    ):
        browser = Client()
        browser.force_login(make_user(name, *permissions, staff=True))
        assert browser.get("/admin/bots/callevent/").status_code == status


def test_a_parked_job_can_be_run_again(client: Client, django_capture_on_commit_callbacks: Any) -> None:
    make_finished_call(make_bot(), make_user("ann"), seconds=3.0)
    job = Job.objects.get()
    Job.objects.update(status="failed", attempts=3, last_error="job.OSError")
    with django_capture_on_commit_callbacks() as nudges:
        client.post("/admin/bots/job/", {"action": "run_again", "_selected_action": [job.pk]})
    job.refresh_from_db()
    assert (job.status, job.attempts, len(nudges)) == ("pending", 0, 1)
    assert run_job(job.pk)


@pytest.mark.parametrize(
    "page", ["", "bots/", "bots/bot/", "bots/call/", "bots/job/", "bots/appointment/", "bots/apikey/"]
)
def test_every_page_opens_and_allows_no_inline_code(client: Client, page: str) -> None:
    make_finished_call(make_bot(), make_user("ann"), seconds=3.0)
    response = client.get(f"/admin/{page}")
    assert response.status_code == 200
    assert "unsafe" not in response["Content-Security-Policy"]
