"""What is wrong with the settings of who speaks when: turn analyzer, barge-in, mutes."""

from collections.abc import Iterator, Mapping
from typing import Any

from bots.engine.errors import SpecError
from bots.engine.providers.smart_turn.fal import FAL_URL
from bots.engine.providers.smart_turn.local import model_file
from bots.engine.turns.stt_mute import STTMuteStrategy
from bots.models import Credential

ANALYZERS = ("", "http", "local")
MUTES = tuple(strategy.value for strategy in STTMuteStrategy if strategy is not STTMuteStrategy.CUSTOM)
"""What an author may choose; custom code is for those who write their own pipeline."""

FIRST_SPEECH_MUTES = {STTMuteStrategy.FIRST_SPEECH.value, STTMuteStrategy.MUTE_UNTIL_FIRST_BOT_COMPLETE.value}
MAX_WORDS, MAX_WORD = 100, 40
QUICK_STOP_SECS = 0.3
Found = Iterator[tuple[str, str]]


def turn_problems(turn_end: Mapping[str, Any], barge_in: Mapping[str, Any], mute: Mapping[str, Any]) -> Found:
    """Path and message of everything wrong with who speaks when."""
    yield from _analyzer(turn_end)
    words = barge_in.get("backchannels") or []
    if not isinstance(words, list) or not all(isinstance(word, str) and word.strip() for word in words):
        yield "barge_in.backchannels", "must be a list of words."
    elif len(words) > MAX_WORDS or any(len(word) > MAX_WORD or len(word.split()) != 1 for word in words):
        yield "barge_in.backchannels", f"must be at most {MAX_WORDS} single words of at most {MAX_WORD} characters."
    chosen = mute.get("strategies") or []
    if not isinstance(chosen, list) or not all(name in MUTES for name in chosen):
        yield "mute.strategies", f"must be a list of {', '.join(MUTES)}."
    elif set(chosen) >= FIRST_SPEECH_MUTES:
        yield "mute.strategies", f"must not hold both {' and '.join(sorted(FIRST_SPEECH_MUTES))}."


def _analyzer(turn_end: Mapping[str, Any]) -> Found:
    kind, url = turn_end.get("analyzer") or "", turn_end.get("url") or ""
    if kind not in ANALYZERS:
        yield "turn_end.analyzer", "must be empty, http or local."
    elif kind == "http":
        if not isinstance(url, str) or (url and not url.startswith(("http://", "https://"))):
            yield "turn_end.url", "must be an address that begins with http:// or https://."
        yield from _key(str(turn_end.get("credential") or ""), needed=not url or url == FAL_URL)
    elif kind == "local":
        try:
            model_file(None)
        except SpecError as error:
            yield "turn_end.analyzer", f"cannot be local: {error.message} {error.next_step}"


def _key(name: str, *, needed: bool) -> Found:
    if name and not Credential.objects.filter(name=name).exists():
        yield "turn_end.credential", f"names the key {name!r}, which is not among the credentials."
    elif needed and not name:
        yield "turn_end.credential", "is missing: the hosted turn analyzer needs a key."


def turn_warnings(draft: Mapping[str, Any]) -> list[str]:
    """Sentences about settings that are valid and do not do what they seem to."""
    vad, turn_end, mute = (draft.get(name) or {} for name in ("vad", "turn_end", "mute"))
    found = []
    stop = vad.get("stop_secs", 0.8)
    if turn_end.get("analyzer") and isinstance(stop, int | float) and stop > QUICK_STOP_SECS:
        found.append(
            f"With a turn analyzer, speech should end after 0.2 seconds of silence, not after {stop:g}: "
            "the analyzer is asked only then."
        )
    until = STTMuteStrategy.MUTE_UNTIL_FIRST_BOT_COMPLETE.value
    if until in (mute.get("strategies") or []) and not draft.get("greeting") and not draft.get("flow"):
        found.append("Callers are muted until the bot has spoken, and the bot has no greeting: it may wait for ever.")
    return found
