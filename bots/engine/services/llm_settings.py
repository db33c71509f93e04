"""Settings of a language model that may be given in part and changed during a call (LLM-05…07, LLM-20)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import Field, dataclass, fields, is_dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias, TypeVar

from .llm_failures import BadLLMSetting
from .settings import problem_with

if TYPE_CHECKING:
    from .turn_completion import UserTurnCompletionConfig

T = TypeVar("T")


class _NotGiven(Enum):
    NOT_GIVEN = "not given"

    def __repr__(self) -> str:
        return "NOT_GIVEN"

    def __bool__(self) -> bool:
        return False


NOT_GIVEN: Final = _NotGiven.NOT_GIVEN
"""The value of a setting that was left alone; None is a value of its own and means: the provider's default."""

Unset: TypeAlias = Literal[_NotGiven.NOT_GIVEN]


class Given:
    """A dataclass whose fields are :data:`NOT_GIVEN` until somebody sets them."""

    __slots__ = ()

    def given(self) -> dict[str, Any]:
        """Return the fields that were set."""
        names = [item.name for item in fields(self)]  # type: ignore[arg-type]
        return {name: value for name in names if (value := getattr(self, name)) is not NOT_GIVEN}


@dataclass(slots=True, kw_only=True)
class LLMSettings(Given):
    """What every model service can be told, each field optional: a change to the settings in force (LLM-06, LLM-07).

    ``temperature`` usually 0 to 2, penalties -2 to 2, ``top_p`` 0 to 1; tokens and ``top_k`` are whole numbers. Ranges
    are a provider's business and not checked here (LLM-08). ``extra`` goes into the request last and wins (LLM-09).
    """

    model: str | Unset | None = NOT_GIVEN
    system_instruction: str | Unset | None = NOT_GIVEN
    temperature: float | Unset | None = NOT_GIVEN
    max_tokens: int | Unset | None = NOT_GIVEN
    top_p: float | Unset | None = NOT_GIVEN
    top_k: int | Unset | None = NOT_GIVEN
    frequency_penalty: float | Unset | None = NOT_GIVEN
    presence_penalty: float | Unset | None = NOT_GIVEN
    seed: int | Unset | None = NOT_GIVEN
    filter_incomplete_user_turns: bool | Unset = NOT_GIVEN
    user_turn_completion_config: UserTurnCompletionConfig | Unset | None = NOT_GIVEN
    extra: Mapping[str, Any] | Unset = NOT_GIVEN

    def apply_update(self, delta: LLMSettings) -> dict[str, Any]:
        """Take over what ``delta`` sets; return what changed, with the values from before."""
        before: dict[str, Any] = {}
        for name, value in delta.given().items():
            if getattr(self, name) != value:
                before[name] = getattr(self, name)
                setattr(self, name, value)
        return before


def given_in(settings: object) -> dict[str, Any]:
    """Return what a change of settings sets: a mapping, :class:`LLMSettings`, or a whole options object."""
    if isinstance(settings, LLMSettings):
        return settings.given()
    if isinstance(settings, Mapping):
        return {str(name): value for name, value in settings.items() if value is not NOT_GIVEN}
    if is_dataclass(settings) and not isinstance(settings, type):
        return {item.name: getattr(settings, item.name) for item in fields(settings)}
    raise BadLLMSetting(f"Settings cannot be given as {type(settings).__name__}.")


def changed(options: T, delta: Mapping[str, Any]) -> T:
    """Return ``options`` (a frozen dataclass) with the changes of ``delta`` in it.

    Raises ``llm.setting`` for a name it does not have and for a number outside the limits of its field.
    """
    known: dict[str, Field[Any]] = {item.name: item for item in fields(options)}  # type: ignore[arg-type]
    for name, value in delta.items():
        if name not in known:
            raise BadLLMSetting(f"There is no setting named {name}.")
        _check(known[name], value)
    return replace(options, **delta)  # type: ignore[type-var]


def settled(defaults: T, direct: Mapping[str, Any], params: Given | None, settings: object | None) -> T:
    """Return the options of a new service; the later of these win (LLM-07).

    ``defaults``, the constructor's own arguments that are not None, ``params`` (the older form, only without
    ``settings``), ``settings``. Of a whole options object its None says nothing. Error: ``llm.setting``.
    """
    before = {name: value for name, value in direct.items() if value is not None}
    if settings is None:
        return changed(defaults, before | (params.given() if params is not None else {}))
    given = given_in(settings)
    if isinstance(settings, type(defaults)):
        given = {name: value for name, value in given.items() if value is not None}
    return changed(changed(defaults, before), given)


def changed_in_call(options: T, settings: object) -> T:
    """Return ``options`` with new settings in them (LLM-20); raises ``llm.setting`` for what a call cannot change."""
    delta = given_in(settings)
    if fixed := set(delta) & {"base_url", "credential"}:
        raise BadLLMSetting(f"{min(fixed)} cannot change during a call.")
    return changed(options, delta)


def _check(option: Field[Any], value: Any) -> None:
    default = option.default
    if value is None and default is not None and isinstance(default, str | bool | int | float):
        raise BadLLMSetting(f"{option.name} must have a value.")
    if problem := problem_with(value, option):
        raise BadLLMSetting(f"{option.name} {problem}.")
