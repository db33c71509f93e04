"""Log lines carry ids and never what people said, their numbers or keys."""

import json
import logging
import sys

import pytest

from voiceapp.logs import HIDDEN, JsonFormatter, PlainFormatter, PrivacyFilter, logging_settings


def line_of(formatter: logging.Formatter, message: str, *args: object, **extra: object) -> str:
    record = logging.getLogger("voiceapp.somewhere").makeRecord(
        "voiceapp.somewhere", logging.INFO, __file__, 1, message, args, None, extra=extra
    )
    assert PrivacyFilter().filter(record)
    return formatter.format(record)


def test_a_json_line_holds_time_level_logger_message_and_ids() -> None:
    line = json.loads(line_of(JsonFormatter(), "Call ended", call_id="c-1", duration_s=3.5))
    assert line["time"].endswith("+00:00")
    assert (line["level"], line["logger"], line["message"]) == ("INFO", "voiceapp.somewhere", "Call ended")
    assert (line["call_id"], line["duration_s"]) == ("c-1", 3.5)


@pytest.mark.parametrize(
    "name", ["password", "api_key", "Authorization", "resume_token", "transcript", "text", "phone"]
)
def test_private_values_are_blanked_by_name(name: str) -> None:
    line = line_of(JsonFormatter(), "Something happened", **{name: "do not show"})
    assert "do not show" not in line
    assert json.loads(line)[name] == HIDDEN


@pytest.mark.parametrize(
    "secret", ["Bearer abc.def-123", "/ws/1?token=abc123", "sk-abcdefgh12345678", "call to +49 170 1234567"]
)
@pytest.mark.parametrize("formatter", [JsonFormatter(), PlainFormatter()])
def test_private_text_is_blanked_wherever_it_stands(formatter: logging.Formatter, secret: str) -> None:
    line = line_of(formatter, "Saw %s", secret, path=secret)
    assert HIDDEN in line
    assert "1234567" not in line
    assert "abc" not in line


def test_how_many_tokens_a_model_used_is_no_secret() -> None:
    line = json.loads(line_of(JsonFormatter(), "tokens used", prompt_tokens=104, access_tokens="abc123"))
    assert (line["prompt_tokens"], line["access_tokens"]) == (104, HIDDEN)


def test_an_ordinary_message_is_left_alone() -> None:
    assert "12 calls in 3.5 s" in line_of(PlainFormatter(), "%s calls in %s s", 12, 3.5)


def test_a_traceback_is_kept_without_its_secrets() -> None:
    try:
        raise ValueError("Bearer abc.def-123 refused")
    except ValueError:
        record = logging.getLogger("x").makeRecord("x", logging.ERROR, __file__, 1, "Failed", (), sys.exc_info())
    text = JsonFormatter().format(record)
    assert "ValueError" in text
    assert "abc.def" not in text


def test_addresses_of_requests_which_name_accounts_and_calls_are_not_logged() -> None:
    loggers = logging_settings(style="plain", level="INFO")["loggers"]
    assert {name: loggers[name]["level"] for name in ("httpx", "httpx2", "aioice")} == {
        "httpx": "WARNING", "httpx2": "WARNING", "aioice": "WARNING"
    }  # fmt: skip
