"""JSON in and out: what no client, file or database can take never gets through."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.engine.errors import TransportError
from bots.engine.transports.messages import MAX_TEXT, error_message, is_update, read_message, write_message
from bots.engine.transports.rejections import MalformedInput

TEXT = st.text(alphabet='ab "\\\n\0né😀null', max_size=8)
LEAF = st.none() | st.booleans() | st.integers() | TEXT
BRANCH = st.lists(LEAF, max_size=3) | st.dictionaries(TEXT, LEAF, max_size=3)
JSON = LEAF | BRANCH | st.lists(BRANCH, max_size=2) | st.dictionaries(TEXT, BRANCH, max_size=2)


def nulls(value: object) -> bool:
    if isinstance(value, dict):
        return any(map(nulls, value.values()))
    return any(map(nulls, value)) if isinstance(value, list) else value is None


@given(st.dictionaries(TEXT, JSON, max_size=5))
def test_what_is_written_holds_no_null_and_can_be_read(message: dict[str, object]) -> None:
    text = write_message(message)
    assert not nulls(json.loads(text))
    text.encode()


def test_messages_arrive_as_text_or_as_bytes() -> None:
    assert read_message('{"type":"x"}') == read_message(b'{"type":"x"}') == {"type": "x"}


@pytest.mark.parametrize(
    "raw",
    ["", "ping: 1", "[]", "3", "null", '{"a":NaN}', "{" * 5, "[" * 100_000, '{"a":' * 3000, b"\xff{}", '{"a":"\0"}',
     '{"n":' + "9" * 5000 + "}"],
)  # fmt: skip
def test_what_is_no_json_object_is_malformed(raw: str | bytes) -> None:
    with pytest.raises(MalformedInput):
        read_message(raw)


def test_a_huge_message_is_refused_before_it_is_read() -> None:
    with pytest.raises(TransportError) as caught:
        read_message("[" * (MAX_TEXT + 1))
    assert caught.value.code == "input.too_large"


def test_characters_that_cannot_be_stored_are_replaced() -> None:
    found = read_message('{"a":"\\ud800 x \\u0000 y","b":[{"c\\u0000":"\\ud83d\\ude00"}]}')
    text = json.dumps(found, ensure_ascii=False)
    text.encode()
    assert "\0" not in text
    assert "😀" in text


def test_half_a_character_from_a_model_does_not_break_the_writer() -> None:
    assert json.loads(write_message({"text": "half \ud83d"})) == {"text": "half ?"}


def test_an_error_carries_both_generations_of_its_key() -> None:
    found = error_message(MalformedInput("Unreadable."), fatal=True)
    assert found["data"] == {
        "error": "Unreadable.", "message": "Unreadable.", "fatal": True, "code": "input.malformed", "owner": "caller",
        "next_step": MalformedInput.next_step,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("message", "update"),
    [
        ({"type": "metrics", "data": {}}, True),
        ({"type": "user-transcription", "data": {"final": False}}, True),
        ({"type": "user-transcription", "data": {"final": True}}, False),
        ({"type": "bot-output", "data": {"spoken_status": "in-progress"}}, True),
        ({"type": "bot-output", "data": {"spoken_status": "new"}}, False),
        ({"type": "ui-job-group", "data": {"kind": "job_update"}}, True),
        ({"type": "ui-job-group", "data": {"kind": "group_completed"}}, False),
        ({"type": "bot-ready"}, False),
    ],
)
def test_only_what_a_later_message_replaces_may_be_left_out(message: dict[str, object], update: bool) -> None:
    assert is_update(message) is update
