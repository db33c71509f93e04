"""What a call costs in real time, beside how many others, and how many one core carries."""

from __future__ import annotations

from dataclasses import replace

from . import peers
from .simulation import Plan, run_apart
from .table import Figure, middle

LATE_MS = 40.0
DISTURBED = 0.05
STEPS = (20, 60, 100, 140, 180, 220, 260)


def _interleaved(plans: dict[str, Plan], rounds: int) -> dict[str, dict[str, float]]:
    """Run every plan once a round; return the medians of each."""
    seen: dict[str, list[dict[str, float]]] = {name: [] for name in plans}
    for _ in range(rounds):
        for name, plan in plans.items():
            seen[name].append(run_apart(plan))
    return {name: {key: middle([run[key] for run in runs]) for key in runs[0]} for name, runs in seen.items()}


def _undisturbed(plan: Plan) -> dict[str, float]:
    """Run a plan until its lateness is within the limit, or is its own: at most four times."""
    tries = []
    for _ in range(4):
        tries.append(run_apart(plan))
        if _late(tries[-1]) < LATE_MS or tries[-1]["waited"] < DISTURBED:
            break
    return min(tries, key=_late)


def _late(found: dict[str, float]) -> float:
    """Return the worse of both ends: blocks written late, or microphones that the calls no longer keep up with."""
    return max(found["late_p99_ms"], found["microphone_p99_ms"])


def _most(plan: Plan) -> tuple[int, list[Figure]]:
    """Add calls until the 99th percentile of lateness is no longer below 40 ms."""
    carried, figures = 0, []
    for calls in STEPS:
        found = _undisturbed(replace(plan, calls=calls))
        figures.append(
            Figure(f"{calls} calls: lateness of output and input, p99", _late(found), "ms", aim=LATE_MS,
                   note=f"{found['load']:.0%} of the core used, {found['waited']:.0%} waited for it; "
                        f"{found['cpu_ms']:.1f} ms CPU per call-second")
        )  # fmt: skip
        if _late(found) >= LATE_MS:
            break
        carried = calls
    return carried, figures


def measure(*, quick: bool) -> list[Figure]:
    """Simulate 1, 5, 10 and 20 calls, then more and more; minutes unless quick."""
    seconds, rounds, amounts = (3.0, 1, (1, 20)) if quick else (8.0, 3, (1, 5, 10, 20))
    base = Plan(calls=20, seconds=seconds, warm=2.0 if quick else 4.0)
    plans: dict[str, Plan] = {}
    for calls in amounts:
        plans[f"{calls}"] = replace(base, calls=calls)
        plans[f"{calls} plain"] = replace(base, calls=calls, plain=True)
    plans["files"] = replace(base, files=True)
    plans["quiet"] = replace(base, vad=False)
    plans["quiet plain"] = replace(base, vad=False, plain=True)
    found = _interleaved(plans, rounds)
    figures = []
    for calls in amounts:
        ours, plain = found[f"{calls}"], found[f"{calls} plain"]
        figures += [
            Figure(f"{calls} calls with VAD: CPU per call-second", ours["cpu_ms"], "ms", reference=plain["cpu_ms"],
                   note=f"bot speaks {ours['spoken_share']:.0%} of the time", **peers.CPU_MS[calls]),
            Figure(f"{calls} calls with VAD: private memory a call", ours["memory_mb"], "MB", **peers.CALL_MB[calls]),
            Figure(f"{calls} calls with VAD: output lateness, p99", ours["late_p99_ms"], "ms",
                   reference=plain["late_p99_ms"]),
        ]  # fmt: skip
    figures += [
        Figure("20 calls with VAD, journal and tracks on disk: CPU per call-second", found["files"]["cpu_ms"], "ms",
               reference=found["20"]["cpu_ms"], note="reference: the same without files"),
        Figure("20 calls, VAD off, microphone path only: CPU per call-second", found["quiet"]["cpu_ms"], "ms",
               reference=found["quiet plain"]["cpu_ms"], note="reference: the simulated microphones alone",
               **peers.CPU_MS_NO_VAD),
        Figure("build and start a call with VAD: CPU", found["20"]["build_ms"], "ms",
               reference=found["20 plain"]["build_ms"], **peers.BUILD_MS),
    ]  # fmt: skip
    if not quick:
        carried, steps = _most(replace(base, seconds=8.0))
        plainly, _ = _most(replace(base, seconds=8.0, plain=True))
        figures += steps
        figures.append(
            Figure("largest number of calls, lateness p99 < 40 ms", carried, "calls", more=True, reference=plainly,
                   **peers.MOST_CALLS)
        )  # fmt: skip
    return figures
