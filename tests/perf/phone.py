"""What telephone calls cost: carriers' media streams, 8 kHz mu-law, beside how many others."""

from __future__ import annotations

from .phone_calls import PhonePlan, run_apart
from .table import Figure

LATE_MS = 20.0
"""A frame is late when it is less than 40 ms ahead of its time (lessons T8); 20 ms more and the next one is due."""


def measure(*, quick: bool) -> list[Figure]:
    """Simulate 20 calls at once for a minute (quick: five seconds), one alone, and the far ends without any call."""
    seconds = 5.0 if quick else 60.0
    calls = run_apart(PhonePlan(20, seconds))
    alone = run_apart(PhonePlan(1, min(seconds, 20.0)))
    far_ends = run_apart(PhonePlan(20, min(seconds, 20.0), only_far_ends=True))
    note = f"{calls['load']:.0%} of the core used, {calls['waited']:.0%} waited for it"
    return [
        Figure("20 calls: lateness of outgoing frames, p99", calls["late_p99_ms"], "ms", aim=LATE_MS,
               reference=alone["late_p99_ms"], note="reference: one call alone; " + note),
        Figure("20 calls: lateness of outgoing frames, worst", calls["late_max_ms"], "ms"),
        Figure("20 calls: frames late by more than 1 ms", calls["behind_share"] * 100, "%"),
        Figure("20 calls: caller quiet -> first frame at the socket, p50", calls["reply_p50_ms"], "ms",
               reference=alone["reply_p50_ms"], note="instantaneous services; reference: one call alone"),
        Figure("20 calls: caller quiet -> first frame at the socket, p99", calls["reply_p99_ms"], "ms",
               reference=alone["reply_p99_ms"]),
        Figure("20 calls: CPU per call-second", calls["cpu_ms"], "ms", reference=far_ends["cpu_ms"],
               note=f"reference: the emulated far ends alone; bot speaks {calls['spoken_share']:.0%} of the time"),
        Figure("20 calls: private memory a call", calls["memory_mb"], "MB"),
        Figure("20 calls: marks that came back, a call and second", calls["marks"], "/s"),
    ]  # fmt: skip
