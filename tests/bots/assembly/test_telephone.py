"""Calls that a bot places, its menu of keys and its limits in a draft."""

from typing import Any

import pytest

from bots.assembly import problems_with, spec_from
from bots.assembly.telephone import functions_in
from bots.assembly.warnings import warnings_for
from bots.engine.spec import KeyChoice, KeypadSpec, LimitSpec, PhoneSpec
from bots.models import default_draft

pytestmark = pytest.mark.django_db

TOOL = {"name": "end_call", "kind": "call.end"}
FLOW = {
    "initial_node": "a",
    "global_functions": [{"function": {"name": "help", "description": "Help."}}],
    "nodes": {
        "a": {
            "task_messages": [{"role": "system", "content": "Ask."}],
            "functions": [
                {"name": "go_on", "description": "On.", "properties": {}, "required": [], "transition_to": "a"}
            ],
        }
    },
}


def spec_with(**change: Any) -> Any:
    return spec_from({**default_draft(), "slug": "a", "name": "A", **change})


def test_a_new_bot_listens_who_takes_its_calls_and_hangs_up_on_machines() -> None:
    spec = spec_with()
    assert (spec.phone, spec.keypad, spec.limits) == (PhoneSpec(), KeypadSpec(), LimitSpec())
    assert (spec.phone.outbound, spec.phone.detect, spec.phone.on_machine) == (False, True, "hang_up")
    assert (spec.limits.max_turns, spec.limits.loop_guard) == (200, True)
    assert "outbound" not in default_draft()["phone"]


def test_a_version_from_before_these_settings_still_loads() -> None:
    old = {**default_draft(), "slug": "a", "name": "A"}
    del old["phone"]
    old |= {"keypad": {"enabled": True, "prefix": "Keys: "}, "limits": {"max_duration_s": 60, "idle_timeout_s": 30}}
    spec = spec_from(old)
    assert (spec.phone, spec.keypad.prefix, spec.keypad.menu) == (PhoneSpec(), "Keys: ", {})
    assert (spec.limits.max_duration_s, spec.limits.max_turns) == (60, 200)


def test_a_menu_and_a_placed_call_arrive_as_the_engine_wants_them() -> None:
    menu = {"1": {"phrase": "sales", "later": 1}, "0": {"function": "go_on"}}
    phone = {"outbound": True, "machine_message": "Hello {{custom.name}}.", "screener_text": "For {{custom.name}}."}
    spec = spec_with(keypad={"menu": menu}, phone=phone, variables={"custom.name": "Ann"})
    assert spec.keypad.menu == {"1": KeyChoice(phrase="sales"), "0": KeyChoice(function="go_on")}
    assert (spec.phone.outbound, spec.phone.machine_message, spec.phone.screener_text) == (
        True, "Hello Ann.", "For Ann.",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"phone": 3}, "phone"),
        ({"phone": {"detect": "yes"}}, "phone.detect"),
        ({"phone": {"on_machine": "sing"}}, "phone.on_machine"),
        ({"phone": {"on_machine": "leave_message"}}, "phone.machine_message"),
        ({"phone": {"screener_text": 3}}, "phone.screener_text"),
        ({"phone": {"machine_message": "a" * 501}}, "phone.machine_message"),
        ({"phone": {"menu_keys": "12a"}}, "phone.menu_keys"),
        ({"phone": {"menu_keys": 12}}, "phone.menu_keys"),
        ({"keypad": {"menu": [1]}}, "keypad.menu"),
        ({"keypad": {"menu": {"A": {"phrase": "x"}}}}, "keypad.menu.A"),
        ({"keypad": {"menu": {"1": "x"}}}, "keypad.menu.1"),
        ({"keypad": {"menu": {"1": {}}}}, "keypad.menu.1"),
        ({"keypad": {"menu": {"1": {"phrase": "x", "answer": "y"}}}}, "keypad.menu.1"),
        ({"keypad": {"menu": {"1": {"phrase": 5}}}}, "keypad.menu.1.phrase"),
        ({"keypad": {"menu": {"1": {"function": "nowhere"}}}}, "keypad.menu.1.function"),
        ({"keypad": {"menu_prompt": 1}}, "keypad.menu_prompt"),
        ({"keypad": {"menu_unknown": None}}, "keypad.menu_unknown"),
        ({"keypad": {"menu_repeat_secs": 0}}, "keypad.menu_repeat_secs"),
        ({"keypad": {"menu_repeats": 1.5}}, "keypad.menu_repeats"),
        ({"keypad": {"menu_once": 1}}, "keypad.menu_once"),
        ({"limits": {"max_turns": -1}}, "limits.max_turns"),
        ({"limits": {"max_turns": 2.5}}, "limits.max_turns"),
        ({"limits": {"loop_guard": 1}}, "limits.loop_guard"),
        ({"limits": {"goodbye": ["Bye"]}}, "limits.goodbye"),
    ],
)
def test_every_mistake_is_named_by_its_path(change: dict[str, Any], path: str) -> None:
    assert [problem.path for problem in problems_with({**default_draft(), **change})] == [path]


def test_a_key_may_stand_for_a_tool_or_for_a_function_of_the_flow() -> None:
    draft = {**default_draft(), "tools": [TOOL], "flow": FLOW}
    assert set(functions_in(draft)) == {"end_call", "help", "go_on"}
    menu = {"1": {"function": "end_call"}, "2": {"function": "help"}, "3": {"function": "go_on"}}
    assert [problem.path for problem in problems_with({**draft, "keypad": {"menu": menu}})
            if problem.path.startswith("keypad")] == []  # fmt: skip


def test_a_menu_that_does_not_do_what_it_seems_to_is_a_warning() -> None:
    menu = {"1": {"phrase": "sales"}}
    off = {**default_draft(), "keypad": {"enabled": False, "menu": menu}}
    assert "switched off" in " ".join(warnings_for(off))
    late = {**default_draft(), "keypad": {"menu": menu, "menu_prompt": "Press one.", "menu_repeat_secs": 8}}
    assert "before the menu is said again" in " ".join(warnings_for(late))
    assert warnings_for({**default_draft(), "keypad": {"menu": menu, "menu_prompt": "Press one."}}) == []
