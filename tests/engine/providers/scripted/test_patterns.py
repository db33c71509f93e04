"""Patterns that could hang a call are refused; the ones people write are not."""

import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bots.engine.providers.scripted.patterns import UnsafePattern, compiled, search


@pytest.mark.parametrize(
    "pattern",
    [
        r"(a+)+$",
        r"(a|aa)+$",
        r"(?:\w+\s?)*!",
        r"(.*)(.*)(.*)(.*)x",
        r"(a?){30}a{30}",
        "a?" * 30 + "a" * 30,
        r"(\w)\1",
        "a" * 2000,
        r"((((a{1,50}){1,50}){1,50}){1,50})",
    ],
)
def test_a_catastrophic_pattern_is_refused(pattern: str) -> None:
    with pytest.raises(UnsafePattern):
        compiled(pattern)


@pytest.mark.parametrize("pattern", ["(", "[a", "a{2,1}", "*a", "(?P<1>a)"])
def test_a_malformed_pattern_is_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        compiled(pattern)


@pytest.mark.parametrize("pattern", [r"\bbill\b", r"order (?P<number>\d+)", r"^(?:please )?(?:stop|end)$", r".*a.*b"])
def test_ordinary_patterns_pass(pattern: str) -> None:
    assert isinstance(compiled(pattern), re.Pattern)


def test_named_groups_come_back() -> None:
    assert search(compiled(r"order (?P<number>\d+)"), "my order 4711 please") == {"number": "4711"}
    assert search(compiled("order"), "something else") is None


@settings(deadline=None)
@given(st.lists(st.sampled_from(["a", ".*", "a?", "(a|b)", "a+", "(?:ab)*", "(a*)", "\\w{2,9}"]), max_size=6))
def test_whatever_is_accepted_is_fast_on_a_hostile_text(parts: list[str]) -> None:
    try:
        pattern = compiled("".join(parts) + "z")
    except UnsafePattern:
        return
    began = time.process_time()
    search(pattern, "a" * 5000)
    assert time.process_time() - began < 2.0
