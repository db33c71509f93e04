"""What the console ships: within its budget, and with nothing in it that could be loaded from elsewhere."""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
BUILT = PROJECT / "static" / "console"
SOURCE = PROJECT / "static" / "src"
BUDGET = 200 * 1024
# Names of XML vocabularies and notes inside messages and manifests; a browser never asks them.
NOT_ASKED = {"www.w3.org", "github.com"}


def built_files() -> list[Path]:
    return sorted(path for path in BUILT.iterdir() if path.suffix in {".js", ".css"})


def test_the_console_keeps_its_budget() -> None:
    assert sum(len(gzip.compress(path.read_bytes(), 9)) for path in built_files()) <= BUDGET


def test_nothing_in_the_bundle_names_a_host_to_load_from() -> None:
    text = "\n".join(path.read_text() for path in built_files())
    hosts = set(re.findall(r"(?:https?|wss?)://([a-z0-9.-]+\.[a-z]+)", text, re.IGNORECASE))
    assert hosts <= NOT_ASKED, hosts
    for vendor in ("daily.co", "sentry", "unpkg", "jsdelivr", "googleapis", "cdn."):
        assert vendor not in text.lower(), vendor


def test_scripts_are_not_made_from_text() -> None:
    for path in built_files():
        text = path.read_text()
        assert "eval(" not in text, path.name
        assert not re.search(r"new Function\(", text), path.name


def test_every_part_a_module_loads_is_there() -> None:
    for path in BUILT.glob("*.js"):
        for name in re.findall(r"[\"']\./([\w.-]+\.js)[\"']", path.read_text()):
            assert (BUILT / name).is_file(), f"{path.name} loads {name}"


def test_the_lock_pins_by_hash_and_holds_no_addresses() -> None:
    lock = json.loads((SOURCE / "package-lock.json").read_text())
    packages = {name: entry for name, entry in lock["packages"].items() if name}
    assert packages
    for name, entry in packages.items():
        assert entry["integrity"].startswith("sha512-"), name
        assert "resolved" not in entry, name


def test_the_terms_of_what_is_bundled_are_shipped() -> None:
    terms = (BUILT / "third-party.txt").read_text()
    for package in ("client-js", "small-webrtc-transport", "websocket-transport", "preact"):
        assert package in terms
