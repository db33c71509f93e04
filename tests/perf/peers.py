"""Published figures of comparable engines, and our aims.

Pipecat 1.14 and LiveKit Agents 1.8 with canned services, measured on one of two shared cores under Python 3.11,
medians of interleaved runs (source: the project's specification, chapter "Performance"); not measured in this run.
"""

from __future__ import annotations

from typing import TypedDict


class Known(TypedDict, total=False):
    """What is known beside a figure of ours, in its unit."""

    aim: float
    pipecat: float
    livekit: float


FRAMES_1: Known = {"pipecat": 49_900}
FRAMES_10: Known = {"pipecat": 9_200, "aim": 920_000}
FRAMES_20: Known = {"pipecat": 4_850}
ALONE_US: Known = {"pipecat": 211, "aim": 3}
IDLE_CHAIN_KIB: Known = {"pipecat": 341, "aim": 40}
IDLE_CHAIN_TASKS: Known = {"pipecat": 37, "aim": 3}
IDLE_CALL_KIB: Known = {"pipecat": 10_342, "livekit": 18, "aim": 100}
IDLE_CALL_TASKS: Known = {"pipecat": 38, "livekit": 12, "aim": 6}
BUILD_MS: Known = {"pipecat": 24, "livekit": 0.9, "aim": 2}
STOP_TO_AUDIO_MS: Known = {"pipecat": 7.0, "livekit": 3.7, "aim": 1}
TOKEN_TO_AUDIO_MS: Known = {"pipecat": 5.8, "livekit": 2.2, "aim": 0.5}
LAST_TOKEN_TO_AUDIO_MS: Known = {"pipecat": 22, "livekit": 41, "aim": 1}
START_TO_SILENCE_MS: Known = {"pipecat": 12.8, "aim": 3}
CPU_MS: dict[int, Known] = {
    1: {"pipecat": 55, "livekit": 20, "aim": 20},
    5: {},
    10: {"pipecat": 40, "livekit": 11.7, "aim": 9},
    20: {"pipecat": 35, "livekit": 9.9, "aim": 8},
}
CPU_MS_NO_VAD: Known = {"pipecat": 19, "livekit": 2.9, "aim": 2}
CALL_MB: dict[int, Known] = {1: {}, 5: {}, 10: {}, 20: {"pipecat": 13.5, "livekit": 0.7, "aim": 2}}
MOST_CALLS: Known = {"pipecat": 30, "livekit": 88, "aim": 180}
