import ast
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fixtures.source_tree import ROOMS, ROOT, modules, name, parsed


def test_rooms_import_only_to_the_right() -> None:
    program = Path(sys.executable).with_name("lint-imports")
    ran = subprocess.run([program, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_opens_with_its_promise_and_nothing_else(room: str) -> None:
    opened = parsed(ROOT / room / "__init__.py")
    assert len(opened.body) == 1
    assert ast.get_docstring(opened)


def test_annotations_are_real() -> None:
    """The checkpointer's allow-list reads them; `from __future__ import annotations` would make them text."""
    blurred = [
        name(path)
        for path in modules(*ROOMS)
        for node in parsed(path).body
        if isinstance(node, ast.ImportFrom) and node.module == "__future__"
    ]
    assert blurred == []


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
