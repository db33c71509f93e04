"""flite through ctypes: find its voices, speak sentence by sentence into a sink. Runs in the worker process only."""

from __future__ import annotations

import ctypes as c
import unicodedata
from collections.abc import Iterator
from typing import Any

from bots.engine.providers.espeak.library import LibraryMissing, Sink, VoiceMissing
from bots.engine.providers.espeak.timeline import Mark

VOICES = {"slt": "English (America), female", "rms": "English (America), male 1", "awb": "English (Scotland), male",
          "kal16": "English (America), male 2"}  # fmt: skip
DEFAULT_VOICE = "slt"
USUAL_RATE = 165
SENTENCE_ENDS = (".", "!", "?", ";", ":")
MOST_TOKENS = 40
BLOCK_SAMPLES = 1600
WORD_START = b"R:SylStructure.daughter1.daughter1.R:Segment.p.end"

Piece = list[tuple[int, str]]


class _Wave(c.Structure):
    _fields_ = [
        ("type", c.c_char_p),
        ("sample_rate", c.c_int),
        ("num_samples", c.c_int),
        ("num_channels", c.c_int),
        ("samples", c.POINTER(c.c_short)),
    ]


class _Voice(c.Structure):
    _fields_ = [("name", c.c_char_p), ("features", c.c_void_p)]


FUNCTIONS: dict[str, tuple[Any, list[Any]]] = {
    "flite_init": (c.c_int, []),
    "flite_synth_text": (c.c_void_p, [c.c_char_p, c.c_void_p]),
    "flite_feat_set_float": (None, [c.c_void_p, c.c_char_p, c.c_float]),
    "utt_wave": (c.POINTER(_Wave), [c.c_void_p]),
    "utt_relation": (c.c_void_p, [c.c_void_p, c.c_char_p]),
    "relation_head": (c.c_void_p, [c.c_void_p]),
    "item_next": (c.c_void_p, [c.c_void_p]),
    "item_daughter": (c.c_void_p, [c.c_void_p]),
    "ffeature_float": (c.c_float, [c.c_void_p, c.c_char_p]),
    "delete_utterance": (None, [c.c_void_p]),
}


def plain_letters(token: str) -> str:
    """Return the token in ASCII, accents dropped; what is left of other scripts may be empty."""
    folded = token.replace("\u2019", "'")
    return unicodedata.normalize("NFKD", folded).encode("ascii", "ignore").decode()


def pieces_of(text: str) -> Iterator[Piece]:
    """Yield the tokens flite can say with their character offsets, a sentence (or forty tokens) at a time."""
    piece: Piece = []
    offset = 0
    for token in text.split(" "):
        plain = plain_letters(token)
        if any(letter.isalnum() for letter in plain):
            piece.append((offset, plain))
        offset += len(token) + 1
        if piece and (plain.endswith(SENTENCE_ENDS) or len(piece) >= MOST_TOKENS):
            yield piece
            piece = []
    if piece:
        yield piece


class FliteLibrary:
    """flite with the voices the system has; raises ``LibraryMissing`` when there is none."""

    name = "flite"
    sample_rate = 16_000

    def __init__(self) -> None:
        try:
            self._library: Any = c.CDLL("libflite.so.1", mode=c.RTLD_GLOBAL)
        except OSError as error:
            raise LibraryMissing("libflite.so.1") from error
        for function, (result, arguments) in FUNCTIONS.items():
            getattr(self._library, function).restype = result
            getattr(self._library, function).argtypes = arguments
        self._library.flite_init()
        self._voices: dict[str, Any] = {}
        for voice in VOICES:
            self._load(voice)
        if not self._voices:
            raise LibraryMissing("voices")
        self._voice = next(iter(self._voices.values()))

    def select(self, voice: str, rate: int, pitch: int) -> None:
        """Choose voice and words per minute (its voices have a fixed pitch); raises ``VoiceMissing``."""
        if voice not in self._voices:
            raise VoiceMissing(voice)
        self._voice = self._voices[voice]
        features = self._voice.contents.features
        self._library.flite_feat_set_float(features, b"duration_stretch", USUAL_RATE / rate)

    def speak(self, text: str, sink: Sink) -> None:
        """Say the text by sentences; ``sink`` gets PCM and word marks, and ends the speaking by returning True."""
        before = 0
        for piece in pieces_of(text):
            pcm, marks = self._say(piece, before)
            before += len(pcm) // 2
            for start in range(0, len(pcm), BLOCK_SAMPLES * 2):
                if sink(pcm[start : start + BLOCK_SAMPLES * 2], marks):
                    return
                marks = []

    def voices(self) -> list[dict[str, str]]:
        """Return the voices: ``id``, ``name``, ``language``."""
        return [{"id": voice, "name": VOICES[voice], "language": "en"} for voice in self._voices]

    def _load(self, voice: str) -> None:
        try:
            library = c.CDLL(f"libflite_cmu_us_{voice}.so.1")
        except OSError:
            return
        register = getattr(library, f"register_cmu_us_{voice}")
        register.restype, register.argtypes = c.POINTER(_Voice), [c.c_char_p]
        self._voices[voice] = register(None)

    def _say(self, piece: Piece, before: int) -> tuple[bytes, list[Mark]]:
        utterance = self._library.flite_synth_text(" ".join(token for _, token in piece).encode(), self._voice)
        if not utterance:
            return b"", []
        try:
            wave = self._library.utt_wave(utterance).contents
            pcm = c.string_at(wave.samples, wave.num_samples * 2)
            starts = self._token_starts(utterance)
        finally:
            self._library.delete_utterance(utterance)
        if len(starts) != len(piece):
            return pcm, []  # flite cut the text in other tokens: the caller's words get estimated times
        return pcm, [
            Mark(offset=offset, sample=before + round(start * self.sample_rate))
            for (offset, _), start in zip(piece, starts, strict=True)
            if start is not None
        ]

    def _token_starts(self, utterance: Any) -> list[float | None]:
        """Return the second at which each token begins; None for one without a sound."""
        library = self._library
        starts: list[float | None] = []
        token = library.relation_head(library.utt_relation(utterance, b"Token"))
        while token:
            word = library.item_daughter(token)
            starts.append(library.ffeature_float(word, WORD_START) if word else None)
            token = library.item_next(token)
        return starts
