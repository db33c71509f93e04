"""The files the architecture tests read."""

import ast
import functools
import subprocess
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
APPS = ("voiceapp", "telephony", "bots")


@functools.cache
def tracked() -> tuple[Path, ...]:
    """Files of the project that are kept, present now, as paths relative to the project: git's list where there is
    one, else all outside the ignored folders."""
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=PROJECT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if listing.returncode == 0:
        found = [Path(name) for name in listing.stdout.split("\0") if name]
    else:
        found = [path.relative_to(PROJECT) for path in PROJECT.rglob("*") if path.is_file()]
    ignored = {".git", ".venv", "var", "node_modules", "__pycache__"}
    return tuple(sorted(path for path in found if not ignored & set(path.parts) and (PROJECT / path).is_file()))


def modules(*tops: str) -> list[Path]:
    """Python files under the named folders, without migrations."""
    return [
        path for path in tracked() if path.suffix == ".py" and path.parts[0] in tops and "migrations" not in path.parts
    ]


@functools.cache
def source(path: Path) -> str:
    """The text of a project file."""
    return (PROJECT / path).read_text(encoding="utf-8")


@functools.cache
def tree(path: Path) -> ast.Module:
    """The parsed module."""
    return ast.parse(source(path), filename=str(path))


def dotted(node: ast.expr) -> str:
    """`a.b.c` for a chain of attributes, else an empty string."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute) and (front := dotted(node.value)):
        return f"{front}.{node.attr}"
    return ""
