"""What may be set for an Anthropic model (services 1); the admin form is made from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bots.engine.providers.openai.options import turn_completion_of
from bots.engine.services.llm_failures import BadLLMSetting
from bots.engine.services.llm_settings import NOT_GIVEN, Given, LLMSettings, Unset
from bots.engine.services.turn_completion import UserTurnCompletionConfig


@dataclass(slots=True, kw_only=True)
class AnthropicLLMSettings(LLMSettings):
    """Settings of a message, each optional (LLM-06, LLM-07)."""

    enable_prompt_caching: bool | Unset = NOT_GIVEN
    thinking: Mapping[str, Any] | Unset | None = NOT_GIVEN


@dataclass(slots=True, kw_only=True)
class AnthropicInputParams(Given):
    """The older form of settings: used only where no ``settings`` are given."""

    enable_prompt_caching_beta: bool | Unset | None = NOT_GIVEN
    enable_prompt_caching: bool | Unset | None = NOT_GIVEN
    max_tokens: int | Unset = NOT_GIVEN
    temperature: float | Unset | None = NOT_GIVEN
    top_k: int | Unset | None = NOT_GIVEN
    top_p: float | Unset | None = NOT_GIVEN
    extra: Mapping[str, Any] | Unset = NOT_GIVEN

    def given(self) -> dict[str, Any]:
        """Return the fields that were set, under the names of the settings."""
        given = Given.given(self)
        if (beta := given.pop("enable_prompt_caching_beta", None)) is not None:
            given.setdefault("enable_prompt_caching", beta)
        return given


@dataclass(frozen=True, slots=True)
class AnthropicSettings:
    """The settings in force; None means Anthropic's own default and is not sent."""

    model: str = field(default="claude-haiku-4-5", metadata={"help": "The model's name; small ones answer faster."})
    base_url: str = field(default="", metadata={"help": "Empty: https://api.anthropic.com."})
    credential: str = field(default="", metadata={"help": "Name of the credential that holds the key."})
    system_instruction: str | None = field(
        default=None, metadata={"help": "Who the model is; empty: the bot's persona."}
    )
    max_tokens: int = field(default=4096, metadata={"help": "Longest answer, in tokens.", "min": 1})
    temperature: float | None = field(
        default=None, metadata={"help": "Freedom of wording; newer models may refuse it.", "min": 0.0, "max": 1.0}
    )
    top_p: float | None = field(default=None, metadata={"help": "Nucleus sampling.", "min": 0.0, "max": 1.0})
    top_k: int | None = field(default=None, metadata={"help": "Choose among this many words.", "min": 0})
    enable_prompt_caching: bool = field(
        default=False, metadata={"help": "Let Anthropic keep what is the same in every request: cheaper and faster."}
    )
    thinking: Mapping[str, Any] | None = field(
        default=None,
        metadata={"help": 'Thinking before the answer, as JSON: {"type": "enabled", "budget_tokens": 1024}. Slow.'},
    )
    filter_incomplete_user_turns: bool = field(
        default=False,
        metadata={"help": "Let the model say whether the caller is done, and wait if not; costs a few tokens a turn."},
    )
    user_turn_completion_config: UserTurnCompletionConfig | Mapping[str, Any] | None = field(
        default=None, metadata={"help": "Waits and prompts for incomplete turns as JSON."}
    )
    retry_on_timeout: bool = field(default=False, metadata={"help": "Try once more when nothing came in time."})
    retry_timeout_secs: float = field(default=5.0, metadata={"help": "Seconds until that second try.", "min": 0.05})
    extra: Mapping[str, Any] = field(
        default_factory=dict, metadata={"help": "Further request fields as JSON; they win over all others."}
    )

    def __post_init__(self) -> None:
        if not isinstance(self.extra, Mapping):
            raise BadLLMSetting("extra must be an object of request fields.")
        if self.thinking is not None and not isinstance(self.thinking, Mapping):
            raise BadLLMSetting("thinking must be an object such as {'type': 'enabled', 'budget_tokens': 1024}.")
        turn_completion_of(self.filter_incomplete_user_turns, self.user_turn_completion_config)

    def sampling(self) -> dict[str, Any]:
        """Return the fields that are set, as they go into a request."""
        names = ("temperature", "top_p", "top_k")
        return {name: value for name in names if (value := getattr(self, name)) is not None}

    @property
    def turn_completion(self) -> UserTurnCompletionConfig | None:
        """The rule for incomplete user turns, if it is on (LLM-23)."""
        return turn_completion_of(self.filter_incomplete_user_turns, self.user_turn_completion_config)
