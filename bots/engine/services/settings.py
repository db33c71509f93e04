"""Settings of a speech service that change while it runs (SPCH-03, SPCH-13; services 0.4)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import Field, fields, is_dataclass, replace
from typing import Any, ClassVar, TypeVar

from bots.engine.checks import Checks, is_address
from bots.engine.errors import SpecError

from .metrics import MeasuredProcessor

T = TypeVar("T")
FIXED = frozenset({"sample_rate", "credential", "base_url"})
"""What a connection was made with: it stays as it is through a call."""


class SettingRefused(SpecError, ValueError):
    """A service has no such setting, or the value does not fit; the other settings stay as they were."""

    code = "service.setting"
    next_step = "Compare the name and the value with the provider's settings in the bot's form."


def problem_with(value: Any, option: Field[Any]) -> str:
    """Return what is wrong with a value of an options field, by its default's kind and its ``metadata``; "" if fine."""
    limits = option.metadata
    if option.name == "base_url" and value and not is_address(value) and isinstance(value, str):
        return "must be an address that begins with http:// or https://"
    if option.default_factory is dict and not isinstance(value, Mapping):
        return "must be an object"
    if isinstance(option.default, str) and not isinstance(value, str):
        return "must be text"
    if isinstance(option.default, bool) and not isinstance(value, bool):
        return "must be true or false"
    if "choices" in limits and value not in limits["choices"]:
        return "must be one of " + ", ".join(str(choice) for choice in limits["choices"])
    if "min" not in limits and "max" not in limits:
        return ""
    if isinstance(value, bool) or not isinstance(value, int | float | None) or value != value:
        return "must be a number"
    if value is not None and value < limits.get("min", value):
        return f"must be at least {limits['min']}"
    if value is not None and value > limits.get("max", value):
        return f"must be at most {limits['max']}"
    return ""


def changed(options: T, settings: Mapping[str, Any], names: Mapping[str, str]) -> T:
    """Return ``options`` with some fields changed; ``names`` maps other documented names to fields.

    Raises ``service.setting`` and changes nothing when a name is unknown or a value does not fit.
    """
    if not is_dataclass(options) or isinstance(options, type):
        raise SettingRefused("This service has no settings that can be changed.")
    known = {field.name: field for field in fields(options)}
    wanted: dict[str, Any] = {}
    for name, value in settings.items():
        field = known.get(name) or known.get(names.get(name, ""))
        if field is None:
            raise SettingRefused(f"There is no setting {name!r}.")
        if field.name in FIXED:
            raise SettingRefused(f"{name} cannot change during a call.")
        if problem := problem_with(value, field):
            raise SettingRefused(f"{name} {problem}.")
        wanted[field.name] = str(value) if isinstance(value, str) else value
    try:
        return replace(options, **wanted)
    except (TypeError, ValueError) as error:
        raise SettingRefused("These settings do not go together.") from error


def with_arguments(options: T, **given: Any) -> T:
    """Return ``options`` with the constructor arguments that were given (not None); raises ``service.setting``."""
    if not is_dataclass(options) or isinstance(options, type):
        raise SettingRefused(f"settings cannot be given as {type(options).__name__}.")
    made: Any = options
    known = {field.name: field for field in fields(made)}
    told = {name: str(value) if isinstance(value, str) else value for name, value in given.items() if value is not None}
    for name, value in told.items():
        if problem := problem_with(value, known[name]):
            raise SettingRefused(f"{name} {problem}.")
    changed_options: T = replace(made, **told)
    return changed_options


CHECK = Checks(SettingRefused)
"""Raises ``service.setting``."""


class ConfiguredService(MeasuredProcessor):
    """A service with an options dataclass that settings frames and ``set_...`` calls change at run time (SPCH-13).

    ``setting_names`` maps other documented names of a setting to the field's name.
    """

    setting_names: ClassVar[Mapping[str, str]] = {
        "voice_id": "voice", "reference_id": "voice", "voice_url": "voice", "model_id": "model", "model_name": "model",
    }  # fmt: skip
    options: Any = None

    def update_settings(self, settings: Mapping[str, Any]) -> None:
        """Take new settings by name for what comes next; raises ``service.setting``."""
        self.options = changed(self.options, settings, self.setting_names)
        self.settings_changed()

    def settings_changed(self) -> None:
        """Do what new settings need (reconnect, another codec)."""
        self.model_name = getattr(self.options, "model", None) or self.model_name

    def set_model(self, model: str) -> None:
        """Use another model from the next request on."""
        self.update_settings({"model": model})

    def set_language(self, language: str) -> None:
        """Use another language (BCP 47) from the next request on."""
        self.update_settings({"language": language})
