"""The synthesiser's worker process: text in, PCM and word times out.

Messages to it: ``say``, ``voices``, ``reset``; any message in the middle of a ``say`` ends it. From it: ``ready``, then
for each ``say`` any number of ``words`` and PCM and one ``said``; ``voices``, ``reset``, ``error``.
"""

from __future__ import annotations

from typing import Any

from bots.engine.providers.espeak.library import EspeakLibrary, LibraryMissing, VoiceMissing, bundled, installed
from bots.engine.providers.espeak.speech import Speech
from bots.engine.providers.flite.library import DEFAULT_VOICE, FliteLibrary
from bots.engine.providers.workers.port import Port


def open_library(sources: list[str], data: str | None) -> EspeakLibrary | FliteLibrary | None:
    """Return the first of ``sources`` (loader, system, flite) that opens; ``data`` overrides eSpeak NG's data."""
    for source in sources:
        try:
            if source == "flite":
                return FliteLibrary()
            path, folder = bundled() if source == "loader" else installed()
            return EspeakLibrary(path, data or folder)
        except LibraryMissing:
            continue
    return None


def select(library: EspeakLibrary | FliteLibrary, request: dict[str, Any], replaced: bool) -> None:
    """Set the request's voice; a synthesiser that stands in for another takes its own voice when it lacks that one."""
    try:
        library.select(request["voice"], request["rate"], request["pitch"])
    except VoiceMissing:
        if not replaced:
            raise
        library.select(DEFAULT_VOICE, request["rate"], request["pitch"])


def serve(port: Port, settings: dict[str, Any]) -> None:
    """Answer messages until the server closes the pipe."""
    library = open_library(settings["sources"], settings.get("data"))
    if library is None:
        port.send({"op": "error", "reason": "missing"})
        return
    replaced = library.name == "flite" and settings["sources"] != ["flite"]
    port.send({"op": "ready", "synthesiser": library.name})
    while (message := port.read()) is not None:
        operation = message.get("op") if isinstance(message, dict) else None
        if isinstance(message, dict) and operation == "say":
            try:
                select(library, message, replaced)
            except VoiceMissing:
                port.send({"op": "error", "reason": "voice"})
                continue
            Speech(port, library, message["text"], message["sample_rate"]).run()
        elif operation == "voices":
            port.send({"op": "voices", "voices": library.voices()})
        elif operation == "reset":
            port.send({"op": "reset"})
        else:
            port.send({"op": "error", "reason": "unknown_operation"})
