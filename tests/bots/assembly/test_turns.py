"""Who speaks when, as an author sets it: problems by path, warnings, and what a call is built from."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bots.assembly import problems_with, spec_from
from bots.assembly.turns import MUTES, turn_problems, turn_warnings
from bots.assembly.warnings import warnings_for
from bots.engine.audio.echo import EchoDetector
from bots.engine.errors import SpecError
from bots.engine.providers.resources import SharedResources
from bots.engine.providers.smart_turn.choice import turn_analyzer_for
from bots.engine.providers.smart_turn.fal import FalSmartTurnAnalyzer
from bots.engine.providers.smart_turn.local import PATH_VARIABLE, LocalSmartTurnAnalyzerV2
from bots.engine.spec import BargeInSpec, BotSpec, TurnEndSpec
from bots.hosting.sound import transport_params
from bots.models import default_draft
from bots.selectors.credentials import credential_names
from tests.engine.providers.smart_turn.onnx_file import evenness_model

pytestmark = pytest.mark.django_db


def draft_with(**parts: dict[str, Any]) -> dict[str, Any]:
    return {**default_draft(), **parts, "slug": "desk", "name": "Desk"}


def paths(**parts: dict[str, Any]) -> list[str]:
    return [problem.path for problem in problems_with(draft_with(**parts))]


def test_the_default_changes_nothing_for_callers() -> None:
    spec = spec_from(draft_with())
    assert (spec.turn_end, spec.barge_in, spec.mute) == (TurnEndSpec(), BargeInSpec(), ())
    assert problems_with(draft_with()) == []


def test_a_version_from_before_still_loads() -> None:
    old = {name: part for name, part in draft_with().items() if name not in ("turn_end", "barge_in", "mute")}
    assert spec_from(old) == spec_from(draft_with())


@pytest.mark.parametrize(
    ("part", "value", "path"),
    [("turn_end", {"analyzer": "magic"}, "turn_end.analyzer"),
     ("turn_end", {"analyzer": "http"}, "turn_end.credential"),
     ("turn_end", {"analyzer": "http", "url": "ftp://x", "credential": ""}, "turn_end.url"),
     ("turn_end", {"analyzer": "http", "credential": "nobody's"}, "turn_end.credential"),
     ("turn_end", {"stop_secs": 0}, "turn_end.stop_secs"),
     ("barge_in", {"two_step": "yes"}, "barge_in.two_step"),
     ("barge_in", {"decide_secs": 5}, "barge_in.decide_secs"),
     ("barge_in", {"backchannels": ["uh huh"]}, "barge_in.backchannels"),
     ("mute", {"strategies": ["custom"]}, "mute.strategies"),
     ("mute", {"strategies": ["first_speech", "mute_until_first_bot_complete"]}, "mute.strategies"),
     ("mute", [], "mute")],
)  # fmt: skip
def test_each_mistake_is_named_by_its_place(part: str, value: Any, path: str) -> None:  # TURN-11, TURN-23
    assert path in paths(**{part: value})


def test_the_local_analyzer_needs_a_model_on_this_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """TURN-13: the path comes from the environment, never from an author."""
    monkeypatch.delenv(PATH_VARIABLE, raising=False)
    (found,) = turn_problems({"analyzer": "local"}, {}, {})
    assert found[0] == "turn_end.analyzer"
    assert PATH_VARIABLE in found[1]
    model = tmp_path / "turn.onnx"
    model.write_bytes(evenness_model())
    monkeypatch.setenv(PATH_VARIABLE, str(model))
    assert list(turn_problems({"analyzer": "local"}, {}, {})) == []
    assert isinstance(turn_analyzer_for(TurnEndSpec(analyzer="local"), {}), LocalSmartTurnAnalyzerV2)


def test_an_analyzer_gets_its_address_its_key_and_its_times() -> None:
    chosen = TurnEndSpec(analyzer="http", url="http://turns.example/raw", credential="fal", stop_secs=2.0)
    analyzer = turn_analyzer_for(chosen, {"fal": "k-1"})
    assert isinstance(analyzer, FalSmartTurnAnalyzer)
    assert (analyzer._url, analyzer._headers["Authorization"]) == ("http://turns.example/raw", "Key k-1")
    assert analyzer.params.stop_secs == 2.0
    assert turn_analyzer_for(TurnEndSpec(), {}) is None
    with pytest.raises(SpecError, match="analyzer"):
        turn_analyzer_for(TurnEndSpec(analyzer="magic"), {})
    assert credential_names(draft_with(turn_end={"credential": "fal"})) == {"fal"}


def test_what_was_chosen_reaches_the_calls_transport() -> None:  # TURN-06, TURN-08
    def params_of(spec: BotSpec) -> Any:
        return transport_params(spec, SharedResources(), {"fal": "k"})

    plain = params_of(spec_from(draft_with()))
    assert (plain.turn_analyzer, plain.echo, plain.pause_secs) == (None, None, 0.0)
    chosen = params_of(
        spec_from(
            draft_with(
                turn_end={"analyzer": "http", "credential": "fal"}, barge_in={"two_step": True, "echo_test": True}
            )
        )
    )
    assert isinstance(chosen.turn_analyzer, FalSmartTurnAnalyzer)
    assert isinstance(chosen.echo, EchoDetector)
    assert chosen.pause_secs == 0.2


def test_settings_that_do_not_do_what_they_seem_to_are_warned_of() -> None:  # TURN-05, TURN-08, TURN-26
    assert turn_warnings(draft_with()) == []
    (slow,) = turn_warnings(draft_with(turn_end={"analyzer": "http"}))
    assert "0.2 seconds" in slow
    silent = {**draft_with(mute={"strategies": ["mute_until_first_bot_complete"]}), "greeting": ""}
    assert [sentence for sentence in warnings_for(silent) if "wait for ever" in sentence]


def test_every_mute_an_author_may_choose_is_a_strategy() -> None:  # TURN-23
    assert set(MUTES) == {"first_speech", "mute_until_first_bot_complete", "function_call", "always"}
    assert spec_from(draft_with(mute={"strategies": ["always"]})).mute == ("always",)
