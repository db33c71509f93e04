"""`python -m tests.perf [--quick] [--json FILE] [--only NAME …]` prints what things cost."""

from __future__ import annotations

import argparse
import importlib
import json
import platform
import sys
from collections.abc import Sequence
from pathlib import Path

from .machine import insist, pin
from .table import Figure, written

PARTS = {
    "hops": "Pipeline hops",
    "idle": "Idle pipelines and calls",
    "response": "Response and interruption, instantaneous services",
    "costs": "Single costs",
    "load": "Simulated calls in real time on one core",
    "phone": "Simulated telephone calls in real time, 8 kHz mu-law",
    "server": "Start-up and connecting",
}


def main(arguments: Sequence[str]) -> int:
    """Measure the chosen parts, print a table each, and write JSON if asked to."""
    parser = argparse.ArgumentParser(prog="python -m tests.perf", description="Speed and memory, with ratios.")
    parser.add_argument("--quick", action="store_true", help="fewer and shorter runs: minutes become seconds")
    parser.add_argument("--only", nargs="+", choices=list(PARTS), metavar="PART", help=", ".join(PARTS))
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there as well")
    parser.add_argument("--markdown", action="store_true", help="print Markdown tables")
    parser.add_argument("--realtime", action="store_true", help="before all other programs (needs the right to)")
    chosen = parser.parse_args(arguments)
    core = pin()
    if chosen.realtime:
        insist()
    found: dict[str, list[Figure]] = {}
    print(f"Python {platform.python_version()}, {platform.machine()}, core {core}; medians; 'vs' is how many times "
          "better we are; peers' figures are published ones, not of this run.\n")  # fmt: skip
    for part in chosen.only or PARTS:
        found[part] = importlib.import_module(f"tests.perf.{part}").measure(quick=chosen.quick)
        print(written(PARTS[part], found[part], markdown=chosen.markdown), end="\n\n", flush=True)
    if chosen.json is not None:
        data = {part: [figure.as_data() for figure in figures] for part, figures in found.items()}
        chosen.json.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
