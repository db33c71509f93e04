"""Whether flite works on this machine."""

from __future__ import annotations

from bots.engine.providers.espeak import self_test as synthesis
from bots.engine.providers.espeak.errors import NoSynthesiser
from bots.engine.providers.flite.library import DEFAULT_VOICE
from bots.engine.providers.workers.findings import Finding


async def self_test() -> list[Finding]:
    """Say a sentence with flite; not having it is well, since nothing needs it."""
    found = await synthesis.self_test(("flite",), DEFAULT_VOICE)
    if any(finding.next_step != NoSynthesiser.next_step for finding in found):
        return found
    missing = "flite, an optional and more natural synthesiser, is not installed."
    return [Finding("flite", ok=True, message=missing, next_step="If you want it, run: apt install flite")]
