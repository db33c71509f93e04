"""How log lines look, and what never appears in them."""

from __future__ import annotations

import json
import logging
import re
from datetime import UTC, datetime
from typing import Any

HIDDEN = "[hidden]"
PRIVATE_NAMES = re.compile(
    r"pass(word|phrase)|secret|token|api_?key|authorization|cookie|credential|transcript|prompt|arguments"
    r"|phone|caller_number|^(text|content|number|utterance)$",
    re.IGNORECASE,
)
PRIVATE_TEXT = (
    re.compile(r"(?i)(bearer|basic)\s+[\w.~+/=-]+"),
    re.compile(r"(?i)([?&](?:token|key|secret|password|resume)=)[^&\s\"']+"),
    re.compile(r"\bsk-[\w-]{8,}"),
    re.compile(r"(?<![\w.-])\+\d[\d ()-]{6,}\d"),
)
STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


def redacted(text: str) -> str:
    """The text with keys, tokens and telephone numbers blanked."""
    for pattern in PRIVATE_TEXT:
        text = pattern.sub(lambda match: (match.group(1) if match.lastindex else "") + HIDDEN, text)
    return text


def extras_of(record: logging.LogRecord) -> dict[str, Any]:
    """The values a caller passed in `extra`."""
    return {name: value for name, value in vars(record).items() if name not in STANDARD}


class PrivacyFilter(logging.Filter):
    """Blanks private values in a record's message and extras; never drops a record."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = redacted(record.getMessage()), None
        for name, value in extras_of(record).items():
            if name.endswith("_tokens") and isinstance(value, int):
                continue  # how many, not which
            if PRIVATE_NAMES.search(name):
                setattr(record, name, HIDDEN)
            elif isinstance(value, str):
                setattr(record, name, redacted(value))
        return True


class JsonFormatter(logging.Formatter):
    """One JSON object a line: UTC time, level, logger, message, the extras, and the traceback if there is one."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            **{name: value for name, value in extras_of(record).items() if name != "request"},
        }
        if record.exc_info:
            line["traceback"] = redacted(self.formatException(record.exc_info))
        return json.dumps(line, ensure_ascii=False, default=str)


class PlainFormatter(logging.Formatter):
    """A line for people: time, level, logger, message, extras as name=value."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)-7s %(name)s: %(message)s", "%H:%M:%S")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - the name is logging's
        extras = {name: value for name, value in extras_of(record).items() if name != "request"}
        return super().formatMessage(record) + "".join(f" {name}={value}" for name, value in extras.items())

    def formatException(self, ei: Any) -> str:  # noqa: N802 - the name is logging's
        return redacted(super().formatException(ei))


def logging_settings(*, style: str, level: str) -> dict[str, Any]:
    """Django's LOGGING: everything to standard error through the privacy filter."""
    formatter = {"json": JsonFormatter, "plain": PlainFormatter}[style]
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {"privacy": {"()": PrivacyFilter}},
        "formatters": {"line": {"()": formatter}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["privacy"]}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            # Django's own handlers would write each line twice.
            "django": {"handlers": [], "level": "INFO"},
            # Chatty at INFO about every packet and request; addresses of requests name accounts and calls.
            "aioice": {"level": "WARNING"},
            "httpx": {"level": "WARNING"},
            "httpx2": {"level": "WARNING"},
            # Two lines for every message of the queue, every half minute; what jobs do they say themselves.
            "celery.worker.strategy": {"level": "WARNING"},
            "celery.app.trace": {"level": "WARNING"},
            # Anybody can send a wrong Host header; the answer is 400 and no page of traceback.
            "django.security.DisallowedHost": {"handlers": [], "propagate": False},
        },
    }
