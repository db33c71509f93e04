"""The C structures of eSpeak NG's list of voices."""

from __future__ import annotations

import ctypes as c
from typing import Any


class Voice(c.Structure):
    """``espeak_VOICE`` of speak_lib.h."""

    _fields_ = [
        ("name", c.c_char_p),
        ("languages", c.c_void_p),
        ("identifier", c.c_char_p),
        ("gender", c.c_ubyte),
        ("age", c.c_ubyte),
        ("variant", c.c_ubyte),
        ("xx1", c.c_ubyte),
        ("score", c.c_int),
        ("spare", c.c_void_p),
    ]


def voices_of(library: Any) -> list[dict[str, str]]:
    """Return every voice as ``id`` (what to select it by), ``name`` and ``language``."""
    library.espeak_ListVoices.restype = c.POINTER(c.POINTER(Voice))
    library.espeak_ListVoices.argtypes = [c.c_void_p]
    listed = library.espeak_ListVoices(None)
    voices: list[dict[str, str]] = []
    index = 0
    while listed[index]:
        voice = listed[index].contents
        # languages: one byte priority, then the language tag.
        language = c.string_at(voice.languages + 1).decode(errors="replace") if voice.languages else ""
        voices.append(
            {
                "id": voice.identifier.decode(errors="replace"),
                "name": voice.name.decode(errors="replace"),
                "language": language,
            }
        )
        index += 1
    return voices
