import ast
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.source import ROOMS, ROOT, modules, name, parsed


def test_rooms_import_only_to_the_right() -> None:
    program = Path(sys.executable).with_name("lint-imports")
    ran = subprocess.run([program, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_opens_with_its_promise_and_nothing_else(room: str) -> None:
    for path in modules(room):
        if path.name == "__init__.py":
            body = parsed(path).body
            assert len(body) == 1, name(path)
            assert ast.get_docstring(parsed(path)), name(path)


@pytest.mark.parametrize("path", modules(*ROOMS), ids=name)
def test_imports_are_absolute_and_at_the_top(path: Path) -> None:
    tree = parsed(path)
    top = set(map(id, tree.body))
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0
            assert node.module != "__future__"
        if isinstance(node, ast.Import | ast.ImportFrom):
            assert id(node) in top, f"line {node.lineno}: an import inside a function hides a cycle"


def test_only_the_guard_approves() -> None:
    makers = {
        name(path)
        for path in modules(*ROOMS)
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] == "Approved"
    }
    assert makers
    assert all(maker.startswith("agent/guard/") for maker in makers), makers


def test_no_folder_of_tests_hides_a_room() -> None:
    assert not list((ROOT / "tests").rglob("__init__.py"))
