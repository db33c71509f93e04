"""What is wrong with a draft, each with the path of the value to correct."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from bots.assembly.audio import audio_problems
from bots.assembly.flows import flow_findings, path_in_draft
from bots.assembly.listening import keypad_problems, silence_problems, wake_problems
from bots.assembly.resilience import resilience_problems
from bots.assembly.services import ROLES, service_problems
from bots.assembly.speech import speech_problems
from bots.assembly.telephone import menu_problems, phone_problems
from bots.assembly.tool_kinds import kind_problems
from bots.assembly.turns import turn_problems
from bots.engine.flows.function_check import problems_in_function

_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_NUMBERS: dict[str, tuple[float, float]] = {
    "vad.confidence": (0.0, 1.0),
    "vad.start_secs": (0.0, 5.0),
    "vad.stop_secs": (0.0, 10.0),
    "vad.min_volume": (0.0, 1.0),
    "turns.min_words": (0, 20),
    "turns.user_idle_secs": (0.0, 600.0),
    "turns.wake_keepalive_secs": (0.5, 600.0),
    "keypad.timeout_secs": (0.2, 60.0),
    "keypad.menu_repeat_secs": (1.0, 60.0),
    "keypad.menu_repeats": (0, 10),
    "audio.background_volume": (0.0, 4.0),
    "turn_end.stop_secs": (0.2, 10.0),
    "turn_end.pre_speech_ms": (0.0, 2000.0),
    "turn_end.max_duration_secs": (1.0, 30.0),
    "barge_in.decide_secs": (0.1, 2.0),
    "barge_in.words_secs": (0.1, 2.0),
    "limits.max_duration_s": (10, 14400),
    "limits.idle_timeout_s": (5, 3600),
    "limits.max_turns": (0, 10000),
}
_WHOLE = ("keypad.menu_repeats", "limits.max_turns")
_FLAGS = (
    "turns.allow_interruptions",
    "keypad.enabled",
    "keypad.menu_once",
    "phone.detect",
    "limits.loop_guard",
    "recording.enabled",
    "tracing.words",
    "barge_in.two_step",
    "barge_in.echo_test",
    "speech.markdown",
    "speech.leave_out_code",
    "speech.leave_out_tables",
)
_PARTS = (
    "vad", "turns", "turn_end", "barge_in", "mute", "keypad", "phone", "audio", "speech", "limits", "recording",
    "tracing",
)  # fmt: skip
_TEXTS = {"persona": 20_000, "greeting": 2_000}
MAX_VOCABULARY = 2_000
MAX_TOOLS = 64
MAX_GOODBYE = 300
MAX_PATIENCE_S = 120


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to correct before publishing; ``path`` as in ``vad.confidence``."""

    path: str
    message: str

    def __str__(self) -> str:
        return f"{self.path}: {self.message}"


def _part(draft: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = draft.get(name)
    return value if isinstance(value, Mapping) else {}


def _texts(draft: Mapping[str, Any]) -> Iterator[Problem]:
    for name, longest in _TEXTS.items():
        value = draft.get(name, "")
        if not isinstance(value, str):
            yield Problem(name, "must be text.")
        elif len(value) > longest:
            yield Problem(name, f"is longer than {longest} characters.")
    if not isinstance(draft.get("language"), str) or not _LANGUAGE.fullmatch(draft["language"]):
        yield Problem("language", 'must be a language code such as "en" or "en-GB".')


def _numbers(draft: Mapping[str, Any]) -> Iterator[Problem]:
    for name in _PARTS:
        if not isinstance(draft.get(name, {}), Mapping):
            yield Problem(name, "must be an object.")
    for path, (least, most) in _NUMBERS.items():
        part, _, name = path.partition(".")
        if name not in _part(draft, part):
            continue
        value = _part(draft, part)[name]
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            yield Problem(path, "must be a number.")
        elif not least <= value <= most:
            yield Problem(path, f"must be between {least:g} and {most:g}.")
    for path in _FLAGS:
        part, _, name = path.partition(".")
        if not isinstance(_part(draft, part).get(name, True), bool):
            yield Problem(path, "must be true or false.")


def _listening(draft: Mapping[str, Any]) -> Iterator[Problem]:
    turns, keypad = _part(draft, "turns"), _part(draft, "keypad")
    for path, message in (*silence_problems(turns), *wake_problems(turns), *keypad_problems(keypad)):
        yield Problem(path, message)


def _telephone(draft: Mapping[str, Any]) -> Iterator[Problem]:
    goodbye = _part(draft, "limits").get("goodbye", "")
    if not isinstance(goodbye, str) or len(goodbye) > MAX_GOODBYE:
        yield Problem("limits.goodbye", f"must be text of at most {MAX_GOODBYE} characters.")
    for path in _WHOLE:
        part, _, name = path.partition(".")
        if isinstance(_part(draft, part).get(name), float):
            yield Problem(path, "must be a whole number.")
    for path, message in (*menu_problems(draft), *phone_problems(_part(draft, "phone"))):
        yield Problem(path, message)


def _audio(draft: Mapping[str, Any]) -> Iterator[Problem]:
    for path, message in (*audio_problems(_part(draft, "audio")), *speech_problems(_part(draft, "speech"))):
        yield Problem(path, message)


def _resilience(draft: Mapping[str, Any]) -> Iterator[Problem]:
    for path, message in resilience_problems(draft):
        yield Problem(path, message)


def _words(draft: Mapping[str, Any]) -> Iterator[Problem]:
    vocabulary = draft.get("vocabulary") or []
    if not isinstance(vocabulary, list) or not all(isinstance(word, str) for word in vocabulary):
        yield Problem("vocabulary", "must be a list of words.")
    elif len(vocabulary) > MAX_VOCABULARY:
        yield Problem("vocabulary", f"has more than {MAX_VOCABULARY} words.")
    spoken = draft.get("pronunciations") or {}
    if not isinstance(spoken, Mapping) or not all(isinstance(value, str) for value in spoken.values()):
        yield Problem("pronunciations", "must map words to how they are spoken.")


def _tools(draft: Mapping[str, Any]) -> Iterator[Problem]:
    tools = draft.get("tools") or []
    if not isinstance(tools, list):
        yield Problem("tools", "must be a list.")
        return
    if len(tools) > MAX_TOOLS:
        yield Problem("tools", f"has more than {MAX_TOOLS} entries.")
    seen: set[str] = set()
    for number, tool in enumerate(tools):
        path = f"tools[{number}]"
        yield from _tool(path, tool)
        name = tool.get("name") if isinstance(tool, Mapping) else None
        if isinstance(name, str):
            if name in seen:
                yield Problem(f"{path}.name", "is used twice.")
            seen.add(name)


def _tool(path: str, tool: Any) -> Iterator[Problem]:
    if not isinstance(tool, Mapping):
        yield Problem(path, "must be an object.")
        return
    function = {key: tool[key] for key in ("name", "description", "properties", "required") if key in tool}
    for problem in problems_in_function(path, function):
        yield Problem(problem.path, f"{problem.message}.")
    for name, message in kind_problems(tool):
        yield Problem(f"{path}.{name}", message)
    patience = tool.get("timeout_s", 1)
    if isinstance(patience, bool) or not isinstance(patience, (int, float)) or not 0 < patience <= MAX_PATIENCE_S:
        yield Problem(f"{path}.timeout_s", f"must be a number of seconds, at most {MAX_PATIENCE_S}.")


def _flow(draft: Mapping[str, Any]) -> Iterator[Problem]:
    flow = draft.get("flow")
    if flow is not None and not isinstance(flow, Mapping):
        yield Problem("flow", "must be an object, or empty.")
    elif flow:
        for problem in flow_findings(draft).errors:
            yield Problem(path_in_draft(problem), f"{problem.message}.")


def _services(draft: Mapping[str, Any]) -> Iterator[Problem]:
    for role in ROLES:
        for path, message in service_problems(role, draft.get(role)):
            yield Problem(path, message)


def _turns(draft: Mapping[str, Any]) -> Iterator[Problem]:
    parts = (_part(draft, name) for name in ("turn_end", "barge_in", "mute"))
    for path, message in turn_problems(*parts):
        yield Problem(path, message)


_CHECKS: tuple[Callable[[Mapping[str, Any]], Iterator[Problem]], ...] = (
    _texts,
    _services,
    _resilience,
    _numbers,
    _listening,
    _telephone,
    _turns,
    _audio,
    _words,
    _tools,
    _flow,
)


def problems_with(draft: Any) -> list[Problem]:
    """Everything that keeps a draft from being published, in the order of the form."""
    if not isinstance(draft, Mapping):
        return [Problem("draft", "must be an object.")]
    return [problem for check in _CHECKS for problem in check(draft)]
