"""Whether the embedded speech engines really work here: each is started and used once."""

import asyncio
import importlib.util

from bots.engine.audio.silero import SileroVADAnalyzer
from bots.engine.providers.espeak.self_test import self_test as try_espeak
from bots.engine.providers.flite.self_test import self_test as try_flite
from bots.engine.providers.pocketsphinx.self_test import self_test as try_pocketsphinx
from bots.engine.providers.workers.findings import Finding

NEEDED = {"pocketsphinx": "recogniser", "onnxruntime": "voice detector", "numpy": "voice detector", "av": "encoder"}
DEADLINE_S = 20.0
SILENCE_AT_MOST = 0.5


def _missing() -> list[Finding]:
    """The packages without which an engine cannot even be tried."""
    lost = [(module, name) for module, name in NEEDED.items() if importlib.util.find_spec(module) is None]
    todo = "Run: make run, which installs what is missing."
    return [Finding(name, ok=False, message=f"{module} is not installed.", next_step=todo) for module, name in lost]


def _try_detector() -> Finding:
    detector = SileroVADAnalyzer(sample_rate=16000)
    confidence = detector.voice_confidence(bytes(512 * 2))
    if confidence < SILENCE_AT_MOST:
        return Finding("voice detector", ok=True, message="It tells silence from a voice.")
    return Finding("voice detector", ok=False, message="It takes silence for a voice.", next_step="Install it again.")


async def _try_engines() -> list[Finding]:
    async with asyncio.timeout(DEADLINE_S):
        tried = await asyncio.gather(try_pocketsphinx(), try_espeak(), try_flite())
    return [finding for findings in tried for finding in findings]


def speech_findings() -> list[Finding]:
    """What trying every engine showed; about a second, with worker processes of their own and no network."""
    if missing := _missing():
        return missing
    try:
        return [*asyncio.run(_try_engines()), _try_detector()]
    except TimeoutError:
        slow = f"The engines were not ready within {DEADLINE_S:.0f} s."
        return [Finding("speech engines", ok=False, message=slow, next_step="Look at the machine's load and memory.")]
