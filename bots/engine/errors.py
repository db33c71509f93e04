"""Failures with a code, an owner and a next step (one tree for the whole engine)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

Owner = Literal["caller", "author", "provider", "network", "us"]


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake in what an author wrote: a stable code, its place inside the JSON, and a sentence."""

    code: str
    path: str
    message: str

    def __str__(self) -> str:
        return f"{self.path}: {self.message}"


class EngineError(Exception):
    """A failure that can be told to a person.

    ``code`` is dotted and stable, ``owner`` says whose fault it is, ``next_step`` what to do now. The text never holds
    what people said, a number, a prompt or a secret.
    """

    code: ClassVar[str] = "engine.error"
    owner: ClassVar[Owner] = "us"
    next_step: ClassVar[str] = "Report the call's id to whoever runs this server."

    def __init__(self, message: str, *, retryable: bool = False) -> None:
        super().__init__(message)
        self.message = message
        self.retryable = retryable

    def as_data(self) -> dict[str, object]:
        """Return the failure as the journal and the clients see it."""
        return {"code": self.code, "message": self.message, "owner": self.owner, "next_step": self.next_step}


class ProviderError(EngineError):
    """A speech or language provider failed."""

    code = "provider.failed"
    owner: ClassVar[Owner] = "provider"
    next_step = "Try again; if it goes on, choose another provider in the bot's settings."


class ToolError(EngineError):
    """A tool could not do what it was asked."""

    code = "tool.failed"
    owner: ClassVar[Owner] = "author"
    next_step = "Open the tool card in the call and read its arguments and result."


class SpecError(EngineError):
    """A bot is configured in a way that cannot run."""

    code = "bot.incomplete"
    owner: ClassVar[Owner] = "author"
    next_step = "Open the bot in the admin and mend the field that is named."


class TransportError(EngineError):
    """The connection to the caller failed or carried something unreadable."""

    code = "transport.failed"
    owner: ClassVar[Owner] = "network"
    next_step = "Check the connection and start the call again."


class PipelineError(EngineError):
    """The pipeline was built or used in a way that cannot work."""

    code = "pipeline.misused"
    owner: ClassVar[Owner] = "us"


class StartTimeout(PipelineError):
    """A processor did not become ready in time."""

    code = "pipeline.start_timeout"
    owner: ClassVar[Owner] = "provider"
    next_step = "Check that the provider can be reached, then start the call again."
