"""What may be set for a chat model (LLM-05…08); the admin form is made from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from bots.engine.services.llm_failures import BadLLMSetting
from bots.engine.services.llm_settings import NOT_GIVEN, Given, LLMSettings, Unset
from bots.engine.services.turn_completion import UserTurnCompletionConfig

from .preset import SAMPLERS


def turn_completion_of(
    wanted: bool, config: UserTurnCompletionConfig | Mapping[str, Any] | None
) -> UserTurnCompletionConfig | None:
    """Return the rule for incomplete turns, None where it is off (LLM-23); raises ``llm.setting``."""
    if not wanted:
        return None
    if config is None or isinstance(config, UserTurnCompletionConfig):
        return config or UserTurnCompletionConfig()
    known = {item.name for item in fields(UserTurnCompletionConfig)}
    if unknown := set(config) - known:
        raise BadLLMSetting(f"user_turn_completion_config has no field {min(unknown)}.")
    try:
        return UserTurnCompletionConfig(**config)
    except BadLLMSetting as error:
        raise BadLLMSetting(f"user_turn_completion_config: {error.message}") from error


@dataclass(slots=True, kw_only=True)
class OpenAILLMSettings(LLMSettings):
    """Settings of a chat completion, each optional: what is not given keeps its value (LLM-06, LLM-07)."""

    max_completion_tokens: int | Unset | None = NOT_GIVEN


@dataclass(slots=True, kw_only=True)
class OpenAIInputParams(Given):
    """The older form of settings (LLM-05): used only where no ``settings`` are given."""

    frequency_penalty: float | Unset | None = NOT_GIVEN
    presence_penalty: float | Unset | None = NOT_GIVEN
    seed: int | Unset | None = NOT_GIVEN
    temperature: float | Unset | None = NOT_GIVEN
    top_k: int | Unset | None = NOT_GIVEN
    top_p: float | Unset | None = NOT_GIVEN
    max_tokens: int | Unset | None = NOT_GIVEN
    max_completion_tokens: int | Unset | None = NOT_GIVEN
    extra: Mapping[str, Any] | Unset = NOT_GIVEN


@dataclass(frozen=True, slots=True)
class OpenAISettings:
    """The settings in force; None means the provider's own default and is not sent (LLM-06)."""

    model: str = field(default="gpt-4.1", metadata={"help": "The model's name, as the server knows it."})
    base_url: str = field(
        default="",
        metadata={"help": "Empty for OpenAI. Ollama: http://localhost:11434/v1, llama.cpp: http://localhost:8080/v1, "
                          "vLLM: http://localhost:8000/v1."},
    )  # fmt: skip
    credential: str = field(
        default="", metadata={"help": "Name of the credential that holds the key; local servers need none."}
    )
    system_instruction: str | None = field(
        default=None, metadata={"help": "Who the model is; empty: the bot's persona."}
    )
    temperature: float | None = field(default=None, metadata={"help": "Freedom of wording.", "min": 0.0, "max": 2.0})
    top_p: float | None = field(default=None, metadata={"help": "Nucleus sampling.", "min": 0.0, "max": 1.0})
    top_k: int | None = field(
        default=None, metadata={"help": "Kept, but not sent: OpenAI has no such field.", "min": 0}
    )
    frequency_penalty: float | None = field(
        default=None, metadata={"help": "Avoid repeating words.", "min": -2.0, "max": 2.0}
    )
    presence_penalty: float | None = field(
        default=None, metadata={"help": "Favour new subjects.", "min": -2.0, "max": 2.0}
    )
    seed: int | None = field(default=None, metadata={"help": "Same seed, same answer, where supported.", "min": 0})
    max_tokens: int | None = field(default=None, metadata={"help": "Longest answer (older servers).", "min": 1})
    max_completion_tokens: int | None = field(default=None, metadata={"help": "Longest answer, tokens.", "min": 1})
    service_tier: str | None = field(default=None, metadata={"help": "auto, flex or priority; OpenAI only."})
    developer_role: bool = field(
        default=True, metadata={"help": "The server knows the developer role; switch off where it refuses it."}
    )
    filter_incomplete_user_turns: bool = field(
        default=False,
        metadata={"help": "Let the model say whether the caller is done, and wait if not; costs a few tokens a turn."},
    )
    user_turn_completion_config: UserTurnCompletionConfig | Mapping[str, Any] | None = field(
        default=None,
        metadata={"help": "Waits and prompts for incomplete turns as JSON, such as "
                          '{"incomplete_short_timeout": 5, "incomplete_long_timeout": 10}.'},
    )  # fmt: skip
    retry_on_timeout: bool = field(default=False, metadata={"help": "Try once more when nothing came in time."})
    retry_timeout_secs: float = field(default=5.0, metadata={"help": "Seconds until that second try.", "min": 0.05})
    extra: Mapping[str, Any] = field(
        default_factory=dict, metadata={"help": "Further request fields as JSON; they win over all others."}
    )

    def __post_init__(self) -> None:
        if not isinstance(self.extra, Mapping):
            raise BadLLMSetting("extra must be an object of request fields.")
        turn_completion_of(self.filter_incomplete_user_turns, self.user_turn_completion_config)

    def sampling(self) -> dict[str, Any]:
        """Return the fields that are set, as they go into a request (LLM-09)."""
        names = (*sorted(SAMPLERS), "service_tier")
        return {name: value for name in names if (value := getattr(self, name)) is not None}

    @property
    def turn_completion(self) -> UserTurnCompletionConfig | None:
        """The rule for incomplete user turns, if it is on (LLM-23)."""
        return turn_completion_of(self.filter_incomplete_user_turns, self.user_turn_completion_config)
