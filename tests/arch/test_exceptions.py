"""Everything is caught by name, except where code that is not ours runs inside a call."""

import ast
from pathlib import Path

from tests.arch.sources import APPS, dotted, modules, tree

# The task's runner, the tool runner and the observer call.
MAY_CATCH_ALL = {
    Path("bots/engine/core/task.py"),
    Path("bots/engine/core/observer.py"),
    Path("bots/engine/tools/runner.py"),
}


def is_broad(handler: ast.ExceptHandler) -> bool:
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    return any(kind is None or dotted(kind) in {"Exception", "BaseException"} for kind in kinds)


def passes_it_on(handler: ast.ExceptHandler) -> bool:
    """Cleaning up and raising again hides nothing."""
    return isinstance(handler.body[-1], ast.Raise)


def test_exceptions_are_caught_by_name() -> None:
    broad = [
        f"{path}:{node.lineno}"
        for path in modules(*APPS)
        if path not in MAY_CATCH_ALL
        for node in ast.walk(tree(path))
        if isinstance(node, ast.ExceptHandler) and is_broad(node) and not passes_it_on(node)
    ]
    assert broad == []


def test_the_places_that_may_catch_all_exist() -> None:
    assert MAY_CATCH_ALL - set(modules("bots")) == set()
