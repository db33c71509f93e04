"""The engine stands alone, and takes time, ids and chance from its clock only."""

import ast
import subprocess
import sys
from pathlib import Path

from tests.arch.sources import PROJECT, dotted, modules, tree

CLOCK = Path("bots/engine/clock.py")
FORBIDDEN_CALLS = {
    "time.time", "time.time_ns", "time.monotonic", "time.monotonic_ns", "time.perf_counter", "time.perf_counter_ns",
    "time.sleep", "datetime.now", "datetime.utcnow", "datetime.datetime.now", "datetime.datetime.utcnow",
    "date.today", "datetime.date.today", "uuid.uuid1", "uuid.uuid4", "uuid1", "uuid4", "os.urandom",
}  # fmt: skip
FORBIDDEN_NAMES = {
    "time": {"time", "monotonic", "perf_counter", "sleep"},
    "random": None,
    "uuid": {"uuid1", "uuid4"},
    "secrets": None,
}

IMPORT_ALL = """
import importlib, pkgutil, sys
import bots.engine
for module in pkgutil.walk_packages(bots.engine.__path__, "bots.engine."):
    if not module.name.rpartition(".")[2].startswith("__main__"):
        importlib.import_module(module.name)
forbidden = {"django", "channels", "rest_framework", "celery", "redis", "psycopg", "twilio", "asgiref"}
print(sorted(forbidden & {name.partition(".")[0] for name in sys.modules}))
"""


def test_the_whole_engine_imports_without_any_web_framework() -> None:  # DEP-01
    done = subprocess.run([sys.executable, "-c", IMPORT_ALL], cwd=PROJECT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.strip()) == (0, "[]"), done.stderr


def engine_modules() -> list[Path]:
    return [path for path in modules("bots") if path.parts[1] == "engine" and path != CLOCK]


def test_the_engine_asks_its_clock_for_time_ids_and_chance() -> None:
    found = []
    for path in engine_modules():
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Attribute | ast.Name):
                name = dotted(node)
                # `random.Random` as a type is fine: the clock hands out seeded ones.
                if name in FORBIDDEN_CALLS or (name.startswith("random.") and name != "random.Random"):
                    found.append(f"{path}:{node.lineno} {name}")
            if isinstance(node, ast.ImportFrom) and node.module in FORBIDDEN_NAMES:
                names = FORBIDDEN_NAMES[node.module]
                found += [
                    f"{path}:{node.lineno} from {node.module} import {alias.name}"
                    for alias in node.names
                    if alias.name != "Random" and (names is None or alias.name in names)
                ]
    assert not found, "\n".join(found)
