"""eSpeak NG through ctypes: find it, select a voice, speak into a sink. Runs in the worker process only."""

from __future__ import annotations

import atexit
import ctypes as c
import importlib
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bots.engine.providers.espeak.timeline import Mark
from bots.engine.providers.espeak.voices import voices_of

SYNCHRONOUS = 2
DO_NOT_EXIT = 0x8000
UTF8_END_PAUSE = 1 | 0x1000
RATE, PITCH = 1, 3
WORD_EVENT = 1
BLOCK_MS = 60
SHORT_PATH = 120

Sink = Callable[[bytes, list[Mark]], bool]


class _Event(c.Structure):
    _fields_ = [
        ("type", c.c_int),
        ("unique_identifier", c.c_uint),
        ("text_position", c.c_int),
        ("length", c.c_int),
        ("audio_position", c.c_int),
        ("sample", c.c_int),
        ("user_data", c.c_void_p),
        ("id", c.c_char * 8),
    ]


_CALLBACK = c.CFUNCTYPE(c.c_int, c.POINTER(c.c_short), c.c_int, c.POINTER(_Event))


class LibraryMissing(Exception):
    """A synthesiser's library or its data cannot be loaded."""


class VoiceMissing(Exception):
    """The synthesiser does not know the voice."""


def bundled() -> tuple[str, str | None]:
    """Return library and data of the installed wheel."""
    try:
        loader = importlib.import_module("espeakng_loader")
    except ImportError as error:
        raise LibraryMissing("espeakng_loader") from error
    return str(loader.get_library_path()), str(loader.get_data_path())


def installed() -> tuple[str, str | None]:
    """Return the system's library, which knows where its data is."""
    return "libespeak-ng.so.1", None


def short_path(folder: str) -> str:
    """Return the folder by a short name: the library cannot open data under a path of some 160 characters or more."""
    if len(folder) <= SHORT_PATH:
        return folder
    home = tempfile.mkdtemp(prefix="es")
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    name = Path(home) / "espeak-ng-data"
    try:
        name.symlink_to(folder, target_is_directory=True)
    except OSError:
        shutil.copytree(folder, name)
    return str(name)


class EspeakLibrary:
    """The library's one global synthesiser; raises ``LibraryMissing`` when it cannot be loaded."""

    name = "espeak"

    def __init__(self, library: str, data: str | None) -> None:
        try:
            self._library: Any = c.CDLL(library)
        except OSError as error:
            raise LibraryMissing(library) from error
        initialize = self._library.espeak_Initialize
        initialize.argtypes = [c.c_int, c.c_int, c.c_char_p, c.c_int]
        path = os.fsencode(short_path(data)) if data else None
        self.sample_rate: int = initialize(SYNCHRONOUS, BLOCK_MS, path, DO_NOT_EXIT)
        if self.sample_rate <= 0:
            raise LibraryMissing("data")
        self._library.espeak_Synth.argtypes = [
            c.c_char_p, c.c_size_t, c.c_uint, c.c_int, c.c_uint, c.c_uint, c.c_void_p, c.c_void_p
        ]  # fmt: skip
        self._library.espeak_SetVoiceByName.argtypes = [c.c_char_p]
        self._sink: Sink = lambda _pcm, _marks: True
        self._callback = _CALLBACK(self._on_audio)
        self._library.espeak_SetSynthCallback(self._callback)

    def select(self, voice: str, rate: int, pitch: int) -> None:
        """Choose voice, words per minute and pitch for what is said next; raises ``VoiceMissing``."""
        if self._library.espeak_SetVoiceByName(voice.encode()) != 0:
            raise VoiceMissing(voice)
        self._library.espeak_SetParameter(RATE, rate, 0)
        self._library.espeak_SetParameter(PITCH, pitch, 0)

    def speak(self, text: str, sink: Sink) -> None:
        """Say the text; ``sink`` gets blocks of 60 ms PCM and word marks, and ends the speaking by returning True."""
        self._sink = sink
        data = text.encode() + b"\0"
        self._library.espeak_Synth(data, len(data), 0, 1, 0, UTF8_END_PAUSE, None, None)

    def voices(self) -> list[dict[str, str]]:
        """Return the voices: ``id``, ``name``, ``language``."""
        return voices_of(self._library)

    def _on_audio(self, samples: Any, count: int, events: Any) -> int:
        marks: list[Mark] = []
        index = 0
        while (event := events[index]).type != 0:
            if event.type == WORD_EVENT and event.length > 0:
                marks.append(Mark(offset=event.text_position - 1, sample=event.sample))
            index += 1
        pcm = c.string_at(samples, count * 2) if samples and count > 0 else b""
        return 1 if self._sink(pcm, marks) else 0
