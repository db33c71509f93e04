"""Whatever a model gives, it stays in its place: in an address, a header, a body, a path (S3, S13)."""

import json
from typing import Any

import httpx
from hypothesis import given
from hypothesis import strategies as st

from bots.engine.context.arguments import ToolArgumentsInvalid
from bots.engine.tools.templates import filled_header, filled_json, filled_url, places_in, steps_of, value_at

URL = "https://api.example.com/v1/{a}/x/{b}?q={a}&fixed=1"
TEXTS = st.text(st.characters(exclude_categories=()))
VALUES = st.one_of(TEXTS, st.integers(), st.floats(), st.booleans(), st.none(), st.lists(st.text(max_size=3)))
JSON = st.recursive(VALUES, lambda inner: st.dictionaries(st.text(max_size=4), inner, max_size=3), max_leaves=6)


@given(st.dictionaries(st.sampled_from(["a", "b", "c"]), VALUES))
def test_no_argument_changes_the_host_the_depth_or_the_query_of_an_address(arguments: dict[str, Any]) -> None:
    try:
        url = httpx.URL(filled_url(URL, arguments))
    except ToolArgumentsInvalid:
        return
    assert (url.scheme, url.host, url.port, url.fragment, url.userinfo) == ("https", "api.example.com", None, "", b"")
    assert url.raw_path.split(b"?")[0].count(b"/") == 4
    assert list(url.params) == ["q", "fixed"]
    assert url.params["fixed"] == "1"


@given(TEXTS)
def test_a_header_holds_no_second_one(text: str) -> None:
    try:
        value = filled_header("Note {a}", {"a": text})
    except ToolArgumentsInvalid:
        assert any(ord(sign) < 32 or ord(sign) == 127 or 0xD800 <= ord(sign) < 0xE000 for sign in text)
        return
    assert "\r" not in value and "\n" not in value and "\0" not in value


@given(JSON)
def test_a_body_takes_values_as_they_are_and_evaluates_nothing(value: Any) -> None:
    template = {"whole": "{a}", "inside": "x{a}y{missing}", "list": ["{a}", "{missing}"], "plain": 1, "odd": "{ a }{{"}
    try:
        filled = filled_json(template, {"a": value})
    except ToolArgumentsInvalid:
        assert isinstance(value, str)
        return
    assert filled["whole"] is value
    assert filled["list"] == [value] or value != value
    assert filled["inside"].startswith("x") and filled["inside"].endswith("y")
    assert (filled["plain"], filled["odd"]) == (1, "{ a }{{")


def test_what_one_argument_holds_is_not_filled_again() -> None:
    assert filled_json("{a} and {b}", {"a": "{b}", "b": "secret"}) == "{b} and secret"
    assert filled_url("https://x/{a}/{b}", {"a": "{b}", "b": "s"}) == "https://x/%7Bb%7D/s"
    assert filled_header("{a}{b}", {"a": "{b}", "b": "s"}) == "{b}s"


@given(st.text(max_size=20), JSON)
def test_any_text_is_a_path_or_none_and_never_an_error(path: str, value: Any) -> None:
    steps = steps_of(path)
    if steps is not None:
        there, found = value_at(value, steps)
        assert there or found is None
    else:
        assert path


def test_names_are_found_wherever_they_stand() -> None:
    assert places_in({"k{a}": ["x{b}", {"c": "{d} {e}"}], "n": 5}) == {"a", "b", "d", "e"}
    assert json.dumps(steps_of('a.b[0]["c d"][12]')) == '["a", "b", 0, "c d", 12]'
