"""What may be published but will not work as its author expects."""

from collections.abc import Mapping
from typing import Any

from bots.assembly.flows import flow_findings, path_in_draft
from bots.assembly.listening import silence_warnings
from bots.assembly.speech import speech_warnings
from bots.assembly.telephone import menu_warnings
from bots.assembly.turns import turn_warnings
from bots.engine.providers.pocketsphinx.dictionary import unknown_words

SHOWN = 12


def warnings_for(draft: Mapping[str, Any]) -> list[str]:
    """Sentences about a draft that is valid but surprising: words never heard, and ways a flow never goes."""
    ways = (f"{path_in_draft(found)}: {found.message}." for found in flow_findings(draft).warnings)
    return [
        *_unheard(draft), *speech_warnings(draft), *turn_warnings(draft), *silence_warnings(draft),
        *menu_warnings(draft), *ways,
    ]  # fmt: skip


def _unheard(draft: Mapping[str, Any]) -> list[str]:
    """Words the recogniser does not know."""
    if (draft.get("stt") or {}).get("provider") != "pocketsphinx":
        return []
    phrases = [*(draft.get("vocabulary") or ()), *((draft.get("turns") or {}).get("wake_phrases") or ())]
    vocabulary = [word for word in phrases if isinstance(word, str)]
    spoken = {str(word).casefold() for word in draft.get("pronunciations") or {}}
    unknown = [word for word in unknown_words(vocabulary) if word.casefold() not in spoken]
    if not unknown:
        return []
    more = f" and {len(unknown) - SHOWN} more" if len(unknown) > SHOWN else ""
    words = ", ".join(unknown[:SHOWN]) + more
    return [f"The recogniser can never hear these words: {words}. Give them a pronunciation, or say it differently."]
