"""A test is found where its subject is: folders under tests/ mirror the source."""

from pathlib import Path

from tests.arch.sources import PROJECT, modules

MIRRORS = {
    "engine": Path("bots/engine"),
    "bots": Path("bots"),
    "telephony": Path("telephony"),
    "house": Path("voiceapp"),
}
OTHERS = {"contract", "property", "e2e", "arch", "perf"}
VAGUE = {"utils", "util", "helpers", "helper", "manager", "managers", "misc", "common"}


def test_every_test_folder_mirrors_a_source_folder() -> None:
    strays = []
    for path in modules("tests"):
        top = path.parts[1]
        if len(path.parts) == 2 or top in OTHERS:
            continue
        if top not in MIRRORS:
            strays.append(str(path))
            continue
        subject = MIRRORS[top].joinpath(*path.parts[2:-1])
        # The tests of a large module may fill a folder of its name.
        if not (PROJECT / subject).is_dir() and not (PROJECT / subject).with_suffix(".py").is_file():
            strays.append(f"{path}: there is no {subject}")
    assert not strays, "\n".join(strays)


def test_modules_have_names_that_say_something() -> None:
    assert [str(path) for path in modules("voiceapp", "telephony", "bots", "tests") if path.stem in VAGUE] == []


def test_no_floor_is_empty() -> None:
    folders: dict[Path, int] = {}
    for path in modules("voiceapp", "telephony", "bots"):
        for folder in path.parents:
            folders[folder] = folders.get(folder, 0) + (
                path.name != "__init__.py" or (PROJECT / path).stat().st_size > 200
            )
    assert [
        str(folder) for folder, count in folders.items() if not count and folder.name not in {"management", "commands"}
    ] == []
