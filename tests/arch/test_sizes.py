"""Nothing grows past what one reading takes in."""

import ast

from tests.arch.sources import APPS, modules, source, tree

FILE_LINES, CLASS_LINES, FUNCTION_LINES = 400, 250, 60


def length(node: ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


def test_files_stay_readable() -> None:
    sizes = {str(path): source(path).count("\n") for path in modules(*APPS, "tests")}
    assert sizes
    assert {path: lines for path, lines in sizes.items() if lines > FILE_LINES} == {}


def test_classes_and_functions_stay_readable() -> None:
    too_long = []
    for path in modules(*APPS, "tests"):
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.ClassDef) and length(node) > CLASS_LINES:
                too_long.append(f"{path}:{node.lineno} class {node.name} {length(node)}")
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and length(node) > FUNCTION_LINES:
                too_long.append(f"{path}:{node.lineno} {node.name}() {length(node)}")
    assert not too_long, "\n".join(too_long)
