"""What a bot's callers are likely to say, given to the recogniser at the start of a call."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from bots.engine.providers.pocketsphinx.dictionary import checked_pronunciation
from bots.engine.providers.pocketsphinx.words import spoken_words


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Expected sentences, and pronunciations of words the dictionary lacks (``{"twilio": "T W IH L IY OW"}``)."""

    sentences: tuple[str, ...] = ()
    pronunciations: Mapping[str, str] = field(default_factory=dict)

    def spoken_sentences(self) -> list[list[str]]:
        """Return every sentence as the words that are heard; empty ones are left out."""
        return [words for sentence in self.sentences if (words := spoken_words(sentence))]

    def spoken_pronunciations(self) -> dict[str, str]:
        """Return the pronunciations in normal form; raises ``UnusablePronunciation``."""
        return {
            spoken_words(word)[0]: phones
            for word, written in self.pronunciations.items()
            if (phones := checked_pronunciation(word, written))
        }
