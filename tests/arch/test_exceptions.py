"""Everything is caught by name, except where code that is not ours runs inside a call."""

import ast
from pathlib import Path

from tests.arch.sources import APPS, dotted, modules, tree

# Each runs code that is not the engine's own, and turns whatever it raises into a coded event (docs/adr/0007).
MAY_CATCH_ALL = {
    Path("bots/engine/core/scope.py"): "the task's runner: every asyncio task of a call",
    Path("bots/engine/core/stages.py"): "the task's runner: start and clean-up of processors",
    Path("bots/engine/core/routing.py"): "the task's runner: a processor's handlers",
    Path("bots/engine/core/events.py"): "the task's runner: event handlers",
    Path("bots/engine/services/llm_metrics.py"): "the task's runner: handlers of a model's metrics",
    Path("bots/engine/core/observer.py"): "the observer call",
    Path("bots/engine/tools/runner.py"): "the tool runner",
    Path("bots/hosting/code_bots/sessions.py"): "the development runner: a bot's own code",
    Path("bots/engine/transports/filtering.py"): "the noise filter call: a caller is heard without it too",
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
    assert not broad, "\n".join(broad)


def test_the_places_that_may_catch_all_exist() -> None:
    assert set(MAY_CATCH_ALL) <= set(modules("bots"))
