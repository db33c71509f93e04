"""What a bot's author may set for a vendor of the table; the admin form is made from it (services 13.2)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field, fields, make_dataclass
from typing import Any

from bots.engine.providers.openai.options import OpenAISettings
from bots.engine.providers.openai.preset import ChatPreset

Entry = tuple[str, Any, Any]

_OWN: Mapping[str, tuple[Entry, ...]] = {
    "azure": (
        ("endpoint", str, field(default="", metadata={"help": "https://NAME.openai.azure.com, from the resource."})),
        ("api_version", str, field(default="2024-09-01-preview", metadata={"help": "Version of the interface."})),
    ),
    "vertex": (
        ("project_id", str, field(default="", metadata={"help": "The Google Cloud project; needed."})),
        ("location", str, field(default="us-east4", metadata={"help": "Region of the model."})),
    ),
    "openpipe": (
        (
            "openpipe_credential",
            str,
            field(default="", metadata={"help": "Name of the credential that holds the OpenPipe key."}),
        ),
        ("tags", Mapping[str, Any], field(default_factory=dict, metadata={"help": "Tags of each report, as JSON."})),
    ),
}
"""Options that one vendor has beside the common ones."""


def options_for(preset: ChatPreset) -> type[Any]:
    """Return the frozen dataclass of a vendor's options, its defaults the preset's."""
    key_help = {
        "none": "Only where a proxy in front of it asks for a key.",
        "google-token": "Name of the credential that holds the service account's JSON.",
    }.get(preset.auth, "Name of the credential that holds the key.")
    model_help = "The deployment's name." if preset.key == "azure" else "The model's name, as the vendor spells it."
    entries: list[Entry] = [
        ("model", str, field(default=preset.default_model, metadata={"help": model_help})),
        ("credential", str, field(default="", metadata={"help": key_help})),
        *_OWN.get(preset.key, ()),
        ("base_url", str, field(default="", metadata={"help": f"Empty: {preset.base_url or 'built from the rest'}."})),
    ]
    if "temperature" in preset.allowed:
        limits = {"help": "Freedom of wording.", "min": 0.0, "max": preset.highest_temperature}
        entries.append(("temperature", float | None, field(default=None, metadata=limits)))
    if "top_p" in preset.allowed:
        limits = {"help": "Nucleus sampling.", "min": 0.0, "max": 1.0}
        entries.append(("top_p", float | None, field(default=None, metadata=limits)))
    turns = {"help": "Let the model say whether the caller is done, and wait if not; costs a few tokens a turn."}
    entries += [
        ("filter_incomplete_user_turns", bool, field(default=False, metadata=turns)),
        ("max_tokens", int | None, field(default=None, metadata={"help": "Longest answer, in tokens.", "min": 1})),
        (
            "extra",
            Mapping[str, Any],
            field(default_factory=dict, metadata={"help": "Further request fields as JSON; they win over all others."}),
        ),
    ]
    return make_dataclass(f"{preset.class_name}Options", entries, frozen=True, slots=True)


def required_by(preset: ChatPreset) -> tuple[str, ...]:
    """Return the options that a vendor cannot do without."""
    return {"azure": ("model", "endpoint"), "vertex": ("project_id",)}.get(preset.key, ("model",))


def arguments_of(options: Any, preset: ChatPreset, key: str | None) -> dict[str, Any]:
    """Return the arguments of a vendor's service for these options and this key."""
    arguments: dict[str, Any] = {"settings": settings_of(options, preset)}
    if preset.key == "vertex":
        return arguments | {"credentials": key, "project_id": options.project_id, "location": options.location}
    if preset.key == "azure":
        arguments |= {"endpoint": options.base_url or options.endpoint, "api_version": options.api_version}
    if preset.key == "openpipe":
        arguments |= {"openpipe_api_key": options.openpipe_credential or None, "tags": options.tags}
    return arguments | {"api_key": key}


def settings_of(options: Any, preset: ChatPreset) -> OpenAISettings:
    """Return a vendor's options as the settings of its service."""
    known = {item.name for item in fields(OpenAISettings)}
    given = {item.name: getattr(options, item.name) for item in fields(options) if item.name in known}
    return OpenAISettings(**given, developer_role=preset.developer_role)
