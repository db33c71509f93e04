"""Language codes."""

import pytest

from bots.engine.text.languages import Language, base_of, best_match, canonical


@pytest.mark.parametrize(
    ("wanted", "offered", "match"),
    [
        ("en-US", ["en", "en-us"], "en-us"),
        ("en_GB", ["en", "de"], "en"),
        ("pt", ["es", "pt-PT", "pt-BR"], "pt-PT"),
        ("fr-CA", ["fr-FR"], "fr-FR"),
        ("ja", ["en"], None),
    ],
)
def test_the_nearest_language_is_found(wanted, offered, match):
    assert best_match(wanted, offered) == match


def test_codes_are_spelled_one_way():
    assert canonical("zh_hant_tw") == "zh-Hant-TW"
    assert base_of("EN_us") == "en"
    assert all(canonical(language.value) == language.value for language in Language)
    assert Language("en-US") is Language.EN_US
