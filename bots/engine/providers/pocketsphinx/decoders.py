"""The decoders inside the worker process: open English, the bot's own vocabulary, and the choice between them."""

from __future__ import annotations

import math
import re
import tempfile
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pocketsphinx import Decoder
from pocketsphinx.lm import ArpaBoLM

FRAMES_PER_SECOND = 100
VARIANT = re.compile(r"\(\d+\)$")
NOT_WORDS = ("<", "[", "+")
SENTENCE_TRUST = 0.4
"""Of the margin, what an expected sentence needs that was heard word for word, two words or more.

Other speech becomes a jumble of the vocabulary's words, hardly ever one of its sentences. Of 189 expected sentences in
three synthetic voices 175 are then understood, instead of 136, and of 117 others none is taken for one of them.
"""


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """What one decoder heard: words (text, start s, end s, posterior), its score as a log per second of audio."""

    words: tuple[tuple[str, float, float, float], ...]
    fit: float


NOTHING = Hypothesis(words=(), fit=-math.inf)


def plain_word(token: str) -> str:
    """Return a decoder token without its variant number; empty for silence, noise and sentence marks."""
    return "" if token.startswith(NOT_WORDS) else VARIANT.sub("", token)


def heard(decoder: Any) -> Hypothesis:
    """Return the decoder's present hypothesis, in the middle of an utterance or after its end."""
    best = decoder.hyp()
    frames = decoder.n_frames()
    if best is None or frames < 1:
        return NOTHING
    words = tuple(
        (word, part.start_frame / FRAMES_PER_SECOND, (part.end_frame + 1) / FRAMES_PER_SECOND, min(1.0, part.prob))
        for part in decoder.seg()
        if (word := plain_word(part.word))
    )
    return Hypothesis(words=words, fit=fit_of(best.score, frames))


def fit_of(score: float, frames: int) -> float:
    """Return a hypothesis' score (a likelihood) as its natural logarithm per second of audio."""
    return math.log(score) * FRAMES_PER_SECOND / frames if score > 0 else -math.inf


def heard_text(general: Any, vocabulary: Any | None, margin: float, expected: Collection[str]) -> str:
    """Return the words of the better present hypothesis, in the middle of an utterance."""
    best, special = general.hyp(), vocabulary.hyp() if vocabulary is not None else None
    frames = max(1, general.n_frames())
    text = _text_of(special)
    if special:
        over = fit_of(best.score, frames) if best else -math.inf
        if fit_of(special.score, frames) >= over + margin_for(text, margin, expected):
            return text
    return _text_of(best)


def _text_of(found: Any | None) -> str:
    return " ".join(word for token in found.hypstr.split() if (word := plain_word(token))) if found else ""


def margin_for(text: str, margin: float, expected: Collection[str]) -> float:
    """Return by how much what the vocabulary's decoder heard must fit better than open English."""
    return margin * SENTENCE_TRUST if " " in text and text in expected else margin


def better(
    general: Hypothesis, vocabulary: Hypothesis, margin: float, expected: Collection[str]
) -> tuple[Hypothesis, str]:
    """Choose between open English and the bot's vocabulary, and name the choice.

    The vocabulary wins when it fits better by ``margin`` (natural log per second), or by a share of it where it is one
    of the ``expected`` sentences. Per second, because a total grows with the length of the utterance: on synthetic
    voices 0.13 parts what is made of the vocabulary's words from what is not.
    """
    text = " ".join(word for word, *_ in vocabulary.words)
    if text and vocabulary.fit >= general.fit + margin_for(text, margin, expected):
        return vocabulary, "vocabulary"
    return general, "general"


def general_decoder() -> Any:
    """Load the bundled English model (0.3 s, 100 MB). Without the flat second pass the end is five times faster."""
    return Decoder(loglevel="FATAL", fwdflat=False)


def vocabulary_decoder(general: Any, sentences: Iterable[list[str]], pronunciations: dict[str, str]) -> Any | None:
    """Return a decoder that hears only these sentences' words (about 20 ms to load), or None when no word is left.

    Words that have no pronunciation are left out.
    """
    entries: dict[str, str] = {}
    for word in dict.fromkeys(word for sentence in sentences for word in sentence):
        if word in pronunciations:
            entries[word] = pronunciations[word]
        variant, number = word, 1
        while phones := general.lookup_word(variant):
            entries[variant if word not in pronunciations else f"{word}({number + 1})"] = phones
            number += 1
            variant = f"{word}({number})"
    kept = [words for sentence in sentences if (words := [word for word in sentence if word in entries])]
    if not kept:
        return None
    model = ArpaBoLM(text="\n".join(f"<s> {' '.join(words)} </s>" for words in kept))
    model.compute()
    with tempfile.TemporaryDirectory(prefix="vocabulary") as folder:
        language_model, dictionary = Path(folder, "lm.arpa"), Path(folder, "words.dict")
        with language_model.open("w", encoding="utf-8") as lines:
            model.write(lines)
        dictionary.write_text("".join(f"{word} {phones}\n" for word, phones in entries.items()), encoding="utf-8")
        return Decoder(loglevel="FATAL", fwdflat=False, lm=str(language_model), dict=str(dictionary))
