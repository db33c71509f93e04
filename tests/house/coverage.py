"""Where each documented feature lives: docs/guide/coverage.md, made from the ids that code and tests cite.

``python -m tests.house.coverage`` writes the page; ``test_coverage.py`` demands that it is up to date and complete.
"""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "guide" / "coverage.md"
FEATURES = Path(__file__).with_name("features.txt")
SHOWN = 2
FOLDERS = ("bots", "telephony", "voiceapp", "templates", "scripts", "static/src", "tests")
SUFFIXES = {".py", ".ts", ".tsx", ".sh", ".yml", ".toml", ".html"}
NAMES = {"Dockerfile", "Makefile", "run"}

_NUMBER = r"\d\d(?:(?:…|\.\.\.)\d\d)?"
_CITATION = re.compile(rf"\b([A-Z]{{2,4}})-({_NUMBER}(?:(?:, | and ){_NUMBER}(?![\d-]))*)")

HEAD = """# Where each feature lives

Every feature of the documents by its id, the module that has it and a test that holds it. The page is made from the ids
in docstrings and comments: `make docs` writes it anew, and a test fails when it is out of date or a row is empty.
Features of one vendor's platform and of telephone carriers have tables of their own.

| Id | Feature | Module | Test |
|---|---|---|---|
"""


def features() -> dict[str, str]:
    """Id and name of each feature, in the order of the documents."""
    lines = FEATURES.read_text(encoding="utf-8").splitlines()
    return dict(line.split(" ", 1) for line in lines)


def cited_in(text: str) -> dict[str, bool]:
    """The ids that a text cites, and whether each stands there by itself (not in a range)."""
    found: dict[str, bool] = {}
    for match in _CITATION.finditer(text):
        for part in re.split(", | and ", match[2]):
            first, _, last = part.replace("...", "…").partition("…")
            for number in range(int(first), int(last or first) + 1):
                name = f"{match[1]}-{number:02d}"
                found[name] = found.get(name, False) or not last
    return found


def _files() -> list[Path]:
    found = [path for folder in FOLDERS for path in (ROOT / folder).rglob("*")]
    paths = [path for path in (*found, *ROOT.iterdir()) if path.suffix in SUFFIXES or path.name in NAMES]
    return [path.relative_to(ROOT) for path in paths if path.is_file() and "node_modules" not in path.parts]


def _is_test(path: Path) -> bool:
    return path.parts[0] == "tests" or ".test." in path.name


def citations() -> tuple[dict[str, list[Path]], dict[str, list[Path]]]:
    """For each id the modules and the tests that cite it, those first that cite it by itself."""
    places: tuple[dict[str, list[tuple[bool, Path]]], ...] = (defaultdict(list), defaultdict(list))
    for path in _files():
        if path.parts[:2] == ("tests", "house") and path.name.endswith("coverage.py"):
            continue
        for name, alone in cited_in((ROOT / path).read_text(encoding="utf-8")).items():
            places[_is_test(path)][name].append((not alone, path))
    modules, tests = ({name: [path for _, path in sorted(found)] for name, found in kind.items()} for kind in places)
    return modules, tests


def _cell(paths: list[Path]) -> str:
    more = f" +{len(paths) - SHOWN}" if len(paths) > SHOWN else ""
    return ", ".join(f"`{path}`" for path in paths[:SHOWN]) + more


def page() -> str:
    """The page as it should be."""
    modules, tests = citations()
    rows = [
        f"| {name} | {title} | {_cell(modules.get(name, []))} | {_cell(tests.get(name, []))} |"
        for name, title in features().items()
    ]
    return HEAD + "\n".join(rows) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
