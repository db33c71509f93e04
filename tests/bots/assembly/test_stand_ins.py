"""Recognisers and voices that stand in for a bot's own, in a draft."""

from typing import Any

import pytest

from bots.assembly import problems_with, spec_from
from bots.engine.spec import ServiceSpec
from bots.models import default_draft
from bots.selectors.credentials import credential_names

pytestmark = pytest.mark.django_db


def draft_with(**changes: Any) -> dict[str, Any]:
    draft = default_draft()
    return {**draft, "resilience": {**draft["resilience"], **changes}}


def test_stand_ins_reach_the_engine_in_their_order() -> None:
    draft = draft_with(tts_fallbacks=[{"provider": "flite", "settings": {}}])
    assert problems_with(draft) == []
    spec = spec_from({**draft, "slug": "a", "name": "A"})
    assert spec.resilience.tts_fallbacks == (ServiceSpec("flite", {}),) and spec.resilience.stt_fallbacks == ()


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"tts_fallbacks": "flite"}, "resilience.tts_fallbacks"),
        ({"tts_fallbacks": [{"provider": "espeak"}]}, "resilience.tts_fallbacks[0]"),
        ({"tts_fallbacks": [{"provider": "pocketsphinx"}]}, "resilience.tts_fallbacks[0].provider"),
        ({"stt_fallbacks": [{"provider": "pocketsphinx", "settings": {"x": 1}}]},
         "resilience.stt_fallbacks[0].settings.x"),
        ({"tts_fallbacks": [{"provider": "flite"}] * 2}, "resilience.tts_fallbacks[1]"),
    ],
)  # fmt: skip
def test_every_mistake_is_named_by_its_path(changes: dict[str, Any], path: str) -> None:
    assert [problem.path for problem in problems_with(draft_with(**changes))] == [path]


def test_the_keys_of_stand_ins_are_looked_up() -> None:
    rows = {name: [{"provider": "x", "settings": {"credential": name}}] for name in ("stt_fallbacks", "tts_fallbacks")}
    assert credential_names(draft_with(**rows)) == {"stt_fallbacks", "tts_fallbacks"}
