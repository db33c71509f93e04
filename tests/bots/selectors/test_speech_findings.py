"""The doctor tries the engines instead of looking whether they are installed."""

from __future__ import annotations

import time

import pytest

from bots.selectors import speech_findings as findings


@pytest.mark.worker
def test_every_engine_of_this_machine_is_tried_in_a_few_seconds() -> None:
    begun = time.monotonic()
    found = findings.speech_findings()
    assert time.monotonic() - begun < 15
    assert {one.name for one in found} >= {"pocketsphinx", "espeak", "voice detector"}
    assert all(one.ok for one in found), found


def test_a_missing_package_is_named_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(findings.NEEDED, "no_such_engine", "recogniser")
    (lost,) = findings.speech_findings()
    assert not lost.ok
    assert "no_such_engine" in lost.message
    assert lost.next_step
