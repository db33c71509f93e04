"""The commands say what they did, exit as they should, and can be repeated."""

from __future__ import annotations

import json
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth import authenticate, get_user_model
from django.contrib.auth.models import Group
from django.core.management import CommandError, call_command
from django.test import RequestFactory
from django.utils import timezone

from bots.actions.api_keys import api_key_in_use
from bots.models import Bot, Call
from tests.bots.factories import conversation, make_bot, make_call, make_user, write_journal

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def data_folder(settings: Any, tmp_path: Path) -> Path:
    """A data folder of its own."""
    settings.VOICE = {**settings.VOICE, "DATA_DIR": tmp_path / "data"}
    return tmp_path / "data"


def run(*arguments: str, **options: Any) -> str:
    out = StringIO()
    call_command(*arguments, stdout=out, stderr=StringIO(), **options)
    return out.getvalue()


def signs_in(password: str) -> bool:
    return authenticate(RequestFactory().post("/"), username="admin", password=password) is not None


def test_the_first_run_makes_a_house_one_can_sign_in_to(data_folder: Path) -> None:  # DEP-15
    said = run("voice_demo", "--url", "http://localhost:8000/")
    kept = data_folder / "administrator-password.txt"
    password = kept.read_text().strip()
    assert password in said
    assert "http://localhost:8000/" in said
    assert kept.stat().st_mode & 0o777 == 0o600
    assert signs_in(password)
    assert Bot.objects.filter(is_demo=True, live_version__isnull=False).count() == 3
    assert Group.objects.get(name="Analysts").permissions.filter(codename="listen_recording").exists()
    assert Call.objects.count() == 0, "no fake calls"


def test_later_runs_print_no_password_and_say_how_to_get_one(data_folder: Path) -> None:
    run("voice_demo")
    password = (data_folder / "administrator-password.txt").read_text().strip()
    again = run("voice_demo")
    assert password not in again
    assert "as in" in again
    assert "--reset-password" in again
    user = get_user_model().objects.get()
    user.set_password("chosen-by-a-person")
    user.save()
    assert "as you set it" in run("voice_demo")
    assert signs_in("chosen-by-a-person")
    fresh = run("voice_demo", "--reset-password")
    renewed = (data_folder / "administrator-password.txt").read_text().strip()
    assert renewed in fresh
    assert signs_in(renewed)
    assert get_user_model().objects.count() == 1


def test_a_key_is_printed_alone_so_that_scripts_can_use_it() -> None:
    make_user("admin", staff=True)
    bot = make_bot()
    secret = run("voice_key", "--bot", "desk").strip()
    assert api_key_in_use(secret, bot=bot).user.get_username() == "admin"
    with pytest.raises(CommandError, match="Bots: desk"):
        run("voice_key", "--bot", "nobody")
    with pytest.raises(CommandError, match="no active user"):
        run("voice_key", "--bot", "desk", "--user", "ghost")


def test_recovery_reports_what_it_finished_and_then_has_nothing_to_do() -> None:
    call = make_call(make_bot(), make_user("ann"), lease_until=timezone.now() - timedelta(seconds=9))
    write_journal(call.pk, conversation()[:-1])
    said = run("recover_calls")
    assert f"{call.pk} owner_gone, 20 events" in said
    assert run("recover_calls").strip() == "0 calls finalised, 0 jobs queued again."
    assert run("recover_calls", "--quiet") == ""


def test_the_doctor_finds_a_healthy_house_healthy() -> None:
    make_bot()
    findings = json.loads(run("voice_doctor", "--json"))
    assert {finding["level"] for finding in findings} == {"ok"}


def test_the_doctor_names_what_is_broken_and_what_to_do(settings: Any, tmp_path: Path) -> None:
    blocked = tmp_path / "a-file"
    blocked.write_text("")
    make_call(make_bot(), make_user("ann"), lease_until=timezone.now() - timedelta(seconds=9))
    settings.VOICE = {**settings.VOICE, "CALLS_DIR": blocked / "calls"}
    out = StringIO()
    with pytest.raises(SystemExit) as caught:
        call_command("voice_doctor", stdout=out)
    assert caught.value.code == 1
    assert "Check VOICE_CALLS_DIR." in out.getvalue()
    assert "manage.py recover_calls" in out.getvalue()
