"""The environment is read with types, and mistakes are named without showing values."""

from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from django.core.exceptions import ImproperlyConfigured

from voiceapp.env import VARIABLES, Env, database_from, kept_secret, unknown_variables

SQLITE = Path("calls.sqlite3")


def test_an_unset_variable_has_its_declared_default() -> None:
    assert Env({}).integer("PORT") == 8000


def test_a_value_may_stand_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("from a file\n", encoding="utf-8")
    assert Env({"VOICE_SECRET_KEY_FILE": str(tmp_path / "key")}).text("VOICE_SECRET_KEY") == "from a file"


def test_a_variable_and_its_file_together_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ImproperlyConfigured, match="not both"):
        Env({"REDIS_URL": "redis://here", "REDIS_URL_FILE": str(tmp_path)}).optional("REDIS_URL")


def test_a_file_that_cannot_be_read_is_named_by_its_variable(tmp_path: Path) -> None:
    with pytest.raises(ImproperlyConfigured, match="VOICE_SECRET_KEY_FILE"):
        Env({"VOICE_SECRET_KEY_FILE": str(tmp_path / "nothing")}).text("VOICE_SECRET_KEY")


@pytest.mark.parametrize(
    ("name", "value", "read"),
    [
        ("PORT", "-1", Env.integer),
        ("PORT", "80 80", Env.integer),
        ("VOICE_DRAIN_S", "soon", Env.seconds),
        ("VOICE_DRAIN_S", "inf", Env.seconds),
        ("VOICE_DRAIN_S", "nan", Env.seconds),
        ("VOICE_DEBUG", "perhaps", Env.flag),
        ("VOICE_ICE_SERVERS", "{}", Env.objects),
        ("VOICE_ICE_SERVERS", "[1]", Env.objects),
        ("VOICE_ICE_SERVERS", "nonsense", Env.objects),
        ("VOICE_MCP_PROGRAMS", "[]", Env.mapping),
        ("VOICE_MCP_PROGRAMS", "nonsense", Env.mapping),
        ("VOICE_SECRET_KEY", "", Env.text),
    ],
)
def test_a_wrong_value_is_refused_by_name(name: str, value: str, read: object) -> None:  # DEP-05
    assert callable(read)
    with pytest.raises(ImproperlyConfigured, match=name):
        read(Env({name: value}), name)


def test_a_refusal_does_not_repeat_the_value() -> None:
    with pytest.raises(ImproperlyConfigured) as refused:
        database_from("mysql://user:hunter2@host/name", sqlite=SQLITE, statement_timeout_ms=1)
    assert "hunter2" not in str(refused.value)


def test_a_role_must_be_known() -> None:
    with pytest.raises(ImproperlyConfigured, match="ROLE"):
        Env({"ROLE": "kitchen"}).choice("ROLE", ("all", "web"))


def test_a_database_url_becomes_settings_with_quoting_undone() -> None:
    found = database_from(
        "postgres://me:p%40ss@db.local:5433/calls?sslmode=require", sqlite=SQLITE, statement_timeout_ms=7
    )
    assert found["ENGINE"] == "django.db.backends.postgresql"
    assert (found["USER"], found["PASSWORD"], found["HOST"], found["PORT"], found["NAME"]) == (
        "me", "p@ss", "db.local", "5433", "calls",
    )  # fmt: skip
    assert found["OPTIONS"]["sslmode"] == "require"
    assert "statement_timeout=7" in found["OPTIONS"]["options"]


@pytest.mark.parametrize("url", ["postgres://host", "postgres://host:port/name", "host/name"])
def test_a_malformed_database_url_is_refused(url: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="DATABASE_URL"):
        database_from(url, sqlite=SQLITE, statement_timeout_ms=1)


def test_without_a_url_sqlite_waits_for_writers_and_takes_the_lock_at_once() -> None:
    found = database_from(None, sqlite=SQLITE, statement_timeout_ms=1)
    assert found["OPTIONS"]["transaction_mode"] == "IMMEDIATE"
    assert "journal_mode=WAL" in found["OPTIONS"]["init_command"]


def test_a_typing_error_in_our_prefix_is_noticed() -> None:
    given = dict.fromkeys(("VOICE_MAX_CALS", "VOICE_MAX_CALLS", "VOICE_SECRET_KEY_FILE", "HOME"), "")
    assert unknown_variables(given) == ["VOICE_MAX_CALS"]


def test_a_kept_secret_stays_the_same_and_is_private(tmp_path: Path) -> None:
    path = tmp_path / "var" / "key"
    first = kept_secret(path, lambda: Fernet.generate_key().decode())
    assert kept_secret(path) == first
    assert path.stat().st_mode & 0o777 == 0o600
    assert [item.name for item in path.parent.iterdir()] == ["key"]


def test_the_readme_lists_every_variable_and_no_other(project: Path) -> None:  # RUN-07
    rows = [line.split("`")[1] for line in (project / "README.md").read_text().splitlines() if line.startswith("| `")]
    assert sorted(rows) == sorted(VARIABLES)
