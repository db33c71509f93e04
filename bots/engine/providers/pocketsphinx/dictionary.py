"""What the recogniser can hear at all: its dictionary and phones, read from the file without loading a decoder."""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Iterable
from pathlib import Path

from bots.engine.providers.pocketsphinx.errors import RecogniserMissing, UnusablePronunciation
from bots.engine.providers.pocketsphinx.words import spoken_words

PHONES = frozenset(
    re.findall(
        "[A-Z]+",
        "AA AE AH AO AW AY B CH D DH EH ER EY F G HH IH IY JH K L M N NG OW OY P R S SH T TH UH UW V W Y Z ZH",
    )
)
REMEMBERED = 20_000

_known: dict[str, bool] = {}


def dictionary_path() -> Path:
    """Return the bundled dictionary's file; raises ``RecogniserMissing``."""
    found = importlib.util.find_spec("pocketsphinx")
    for folder in (found.submodule_search_locations or ()) if found else ():
        path = Path(folder) / "model" / "en-us" / "cmudict-en-us.dict"
        if path.is_file():
            return path
    raise RecogniserMissing("PocketSphinx or its English dictionary is not installed.")


def unknown_words(texts: Iterable[str]) -> list[str]:
    """Return the words of ``texts`` that the recogniser can never hear, each once, in order of appearance.

    Numbers are checked as they are said. Reads the 3 MB file (about 40 ms) once for words not asked about before; runs
    in any thread. Raises ``RecogniserMissing``.
    """
    words = list(dict.fromkeys(word for text in texts for word in spoken_words(text)))
    _look_up({word for word in words if word not in _known})
    return [word for word in words if not _known[word]]


def _look_up(words: set[str]) -> None:
    if not words:
        return
    if len(_known) > REMEMBERED:
        _known.clear()
    with dictionary_path().open(encoding="utf-8") as lines:
        found = words.intersection(line.partition(" ")[0] for line in lines)
    _known.update({word: word in found for word in words})


def checked_pronunciation(word: str, phones: str) -> str:
    """Return ``phones`` in normal form; raises ``UnusablePronunciation`` for an empty or unknown phone."""
    normal = phones.upper().split()
    if not normal or not PHONES.issuperset(normal):
        raise UnusablePronunciation("A pronunciation in the bot's vocabulary uses sounds the recogniser does not know.")
    if len(spoken_words(word)) != 1:
        raise UnusablePronunciation("A pronunciation in the bot's vocabulary is not for one single word.")
    return " ".join(normal)
