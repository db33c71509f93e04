"""What text is made fit for speaking with (SPCH-07)."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any


class BaseTextFilter(ABC):
    """Turns text for reading into text for speaking; may keep state from one piece of a response to the next."""

    @abstractmethod
    def filter(self, text: str) -> str:
        """Return what is to be spoken of the next piece."""

    def flush(self) -> str:
        """Return, at the end of a response, what was held back because its sense was not clear yet."""
        return ""

    def update_settings(self, settings: Mapping[str, Any]) -> None:  # noqa: B027 (optional)
        """Change settings by name; unknown names are ignored."""

    def reset(self) -> None:  # noqa: B027 (optional)
        """Forget what was open: a new response begins, or this one was interrupted."""
