"""Messages, questions and sockets of one call at one moment: one effect each, on SQLite and on PostgreSQL."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.telephony.parallel import (
    COPIES,
    OPENERS,
    copies_of_one_message,
    everything_of_one_call,
    openers_of_one_stream,
)
from tests.telephony.rows import PUBLIC

ONE_EFFECT = {
    "told": {"True": 1, "False": COPIES - 1}, "receipts": [COPIES - 1], "leg": ["completed", 7.0],
    "call": ["ended", "caller_hung_up"],
}  # fmt: skip
ONE_WINNER = {"won": 1, "refused": OPENERS - 1}
NOTHING_STUCK = {"found": {"answered": 10, "told": 21}, "legs": [("completed",)]}


@pytest.mark.django_db(transaction=True)
def test_fifty_copies_of_a_message_have_one_effect() -> None:
    """Reliability T3: one receipt, which counts the others."""
    assert copies_of_one_message() == ONE_EFFECT


@pytest.mark.django_db(transaction=True)
def test_of_twenty_sockets_with_one_token_one_wins() -> None:
    """Reliability T7."""
    assert openers_of_one_stream() == ONE_WINNER


@pytest.mark.django_db(transaction=True)
def test_questions_and_messages_about_one_call_do_not_lock_each_other() -> None:
    assert everything_of_one_call() == NOTHING_STUCK


def test_all_of_it_on_postgresql(project: Path, postgres_database: str, tmp_path: Path) -> None:
    """Reliability T3, T7: where two writers are really at work at once."""
    kept = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG"}}
    environment = {
        **kept, "DJANGO_SETTINGS_MODULE": "voiceapp.settings.dev", "VOICE_DATA_DIR": str(tmp_path),
        "DATABASE_URL": postgres_database, "VOICE_PUBLIC_URL": PUBLIC,
    }  # fmt: skip

    def python(*arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, *arguments], cwd=project, env=environment, stdout=subprocess.PIPE, text=True, check=True
        )
        return done.stdout

    python("manage.py", "migrate", "--no-input", "--verbosity", "0")
    found: list[dict[str, Any]] = json.loads(python("-m", "tests.telephony.parallel"))
    assert found == json.loads(json.dumps([ONE_EFFECT, ONE_WINNER, NOTHING_STUCK]))
