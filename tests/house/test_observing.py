"""The guide to observing names the parts of a wait as the engine does, and the settings a bot has (lessons T5)."""

from pathlib import Path

from bots.engine.observers.channel import CHANNEL_NAME
from bots.engine.turns.waiting import PARTS
from bots.models import default_draft
from bots.selectors.waiting_time import OWNER_NAMES, PART_NAMES, SETTINGS


def test_the_guide_lists_every_part_with_its_owner_and_setting(project: Path) -> None:
    guide = (project / "docs" / "guide" / "observing.md").read_text()
    rows = [
        [cell.strip(" `") for cell in line.split("|")[1:-1]] for line in guide.splitlines() if line.startswith("| `")
    ]
    assert {(name, owner, setting) for name, _, owner, setting in rows} == {
        (name, part.owner, part.setting) for name, part in PARTS.items()
    }
    assert CHANNEL_NAME in guide


def test_pages_know_every_part_owner_and_setting() -> None:
    assert set(PART_NAMES) == set(PARTS)
    assert {part.owner for part in PARTS.values()} <= set(OWNER_NAMES)
    assert {part.setting for part in PARTS.values()} - {""} == set(SETTINGS)


def test_every_setting_is_a_place_in_the_draft() -> None:
    for path in SETTINGS:
        place = default_draft()
        for name in path.split("."):
            assert name in place
            place = place[name]
