"""What no kept file says: machine paths, package registries, unfinished work."""

import ast
import re
from pathlib import Path

from tests.arch.sources import APPS, PROJECT, dotted, modules, source, tracked, tree

BINARY = {
    ".onnx",
    ".png",
    ".jpg",
    ".jpeg",
    ".gif",
    ".webp",
    ".ico",
    ".woff",
    ".woff2",
    ".wav",
    ".ogg",
    ".s16",
    ".bin",
    ".gz",
}
# Spelled in pieces so that this file does not name them either.
PATHS = re.compile(
    "|".join((r"(?<![\w.])/" + "work/", r"(?<![\w.])/" + "root/", r"(?<![\w.])/" + r"home/\w", r"(?<![\w.])/" + "tmp/"))
)
HOSTS = re.compile(
    "|".join(("py" + r"pi\.org", "python" + r"hosted\.org", "registry" + r"\.npmjs", "registry" + r"\.yarnpkg")),
    re.IGNORECASE,
)
UNFINISHED = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|XX" + r"X|NotImplemented" + r"Error|HA" + r"CK)\b")
NO_REAL_TEST = {
    "pytest.skip", "pytest.mark.skip", "pytest.mark.skipif", "pytest.importorskip", "pytest.xfail", "pytest.mark.xfail",
    "unittest.skip", "unittest.skipIf", "unittest.skipUnless",
}  # fmt: skip


def texts() -> list[Path]:
    return [
        path for path in tracked() if path.suffix not in BINARY and b"\0" not in (PROJECT / path).read_bytes()[:4096]
    ]


def hits(pattern: re.Pattern[str], paths: list[Path]) -> list[str]:
    return [
        f"{path}:{number} {match.group()}"
        for path in paths
        for number, line in enumerate(source(path).splitlines(), 1)
        if (match := pattern.search(line))
    ]


def test_no_machine_paths() -> None:
    assert hits(PATHS, texts()) == []


def test_no_package_registry_hosts() -> None:
    assert hits(HOSTS, texts()) == []


def test_nothing_is_left_unfinished() -> None:
    assert hits(UNFINISHED, modules(*APPS, "tests")) == []


def test_no_test_is_skipped() -> None:
    found = [
        f"{path}:{node.lineno} {dotted(node)}"
        for path in modules("tests")
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Attribute) and dotted(node) in NO_REAL_TEST
    ]
    assert not found, "\n".join(found)


def test_no_text_is_declared_safe_html() -> None:
    found = hits(re.compile(r"\bmark_" + r"safe\b|\bSafeString\("), modules(*APPS))
    templates = [path for path in tracked() if path.suffix == ".html"]
    assert found + hits(re.compile(r"\|\s*safe(seq)?\b|\{%\s*autoescape off"), templates) == []
