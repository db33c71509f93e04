"""The lock is complete, exact and free of addresses, and it is what runs here."""

import importlib.metadata
import re
import tomllib
from pathlib import Path

import pytest

PINNED = re.compile(r"^([a-z0-9-]+)(?:\[[\w,-]+\])?==([^\s;]+)(?: ; ([^\\]+))? \\$")
HASH = re.compile(r"^    --hash=sha256:[0-9a-f]{64}(?: \\)?$")


def locked(path: Path) -> dict[str, str]:
    return {match[1]: match[2] for line in path.read_text().splitlines() if (match := PINNED.match(line))}


def named(path: Path) -> set[str]:
    lines = [line for line in path.read_text().splitlines() if line and not line.startswith("-r")]
    return {re.split(r"[\[<>=]", line)[0].lower() for line in lines}


@pytest.mark.parametrize("name", ["base", "test", "dev"])
def test_every_line_is_an_exact_version_or_a_hash(project: Path, name: str) -> None:
    lines = (project / "requirements" / f"{name}.txt").read_text().splitlines()
    assert [line for line in lines if not PINNED.match(line) and not HASH.match(line)] == []


@pytest.mark.parametrize("name", ["base", "test", "dev"])
def test_everything_asked_for_is_locked(project: Path, name: str) -> None:
    folder = project / "requirements"
    assert named(folder / f"{name}.in") <= set(locked(folder / f"{name}.txt"))


def test_larger_sets_hold_the_smaller_ones_in_the_same_versions(project: Path) -> None:
    base, test, dev = (locked(project / "requirements" / f"{name}.txt") for name in ("base", "test", "dev"))
    assert base.items() <= test.items() <= dev.items()


def test_what_runs_here_is_what_is_locked(project: Path) -> None:
    versions = locked(project / "requirements" / "base.txt")
    asked = named(project / "requirements" / "base.in")
    assert {name: importlib.metadata.version(name) for name in asked} == {name: versions[name] for name in asked}


def test_the_oldest_python_is_what_types_and_style_are_checked_for(project: Path) -> None:  # DEP-14, CONF-19
    settings = tomllib.loads((project / "pyproject.toml").read_text())
    assert settings["project"]["requires-python"].startswith(">=3.11,")
    assert settings["tool"]["mypy"]["python_version"] == "3.11"
    assert settings["tool"]["ruff"]["target-version"] == "py311"
