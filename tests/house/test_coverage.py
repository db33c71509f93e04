"""The page of features is complete and up to date."""

from tests.house.coverage import PAGE, citations, cited_in, features, page


def test_ids_are_found_alone_in_lists_and_in_ranges() -> None:
    found = cited_in("Turns (TURN-14…16, 20), FLOW-02 and TASK-05, 06; PAR-01...02. Not UTF-8, nor GPT-4.1.")
    assert {name for name, alone in found.items() if alone} == {"TURN-20", "FLOW-02", "TASK-05", "TASK-06"}
    assert {name for name, alone in found.items() if not alone} == {
        "TURN-14", "TURN-15", "TURN-16", "PAR-01", "PAR-02"
    }  # fmt: skip


def test_every_feature_has_a_module_and_a_test() -> None:
    modules, tests = citations()
    missing = {
        name: [kind for kind, places in (("module", modules), ("test", tests)) if name not in places]
        for name in features()
        if name not in modules or name not in tests
    }
    assert not missing, "\n".join(f"{name}: no {' and no '.join(kinds)}" for name, kinds in missing.items())


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "make docs"
