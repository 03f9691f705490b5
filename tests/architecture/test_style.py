import ast
from pathlib import Path

import pytest

from tests.fixtures.source_tree import ROOMS, ROOT, modules, name, parsed, text_files

# Only data: they may be longer than a screen, and there is nothing in them to test.
DATA = {"agent/builtin/lexicon/synonyms.py", "store/sample/product_data.py", "store/sample/text_data.py"}
# Tested as people use them: `tests/acceptance/cli` types commands into a process, and imports nothing.
TYPED = "transport/cli/"
LONGEST_FILE = 400
# Tests are a list of facts; a longer list is not harder to read.
LONGEST_TESTS = 400
LONGEST_FUNCTION = 40
# Put together here, so that this file does not hold them.
REGISTRIES = ("py" + "pi.org", "python" + "hosted.org", "npm" + "js.org", "crates" + ".io", "docker" + ".io")
PROMISES = ("TO" + "DO", "FIX" + "ME", "XX" + "X", "HA" + "CK")
FUNCTION = (ast.FunctionDef, ast.AsyncFunctionDef)
UNSAYING = ("get_", "do_")
EVERYTHING = [*modules(*ROOMS), *modules("tests", "scripts")]


def _does_something(path: Path) -> bool:
    """Say whether there is any function with a body: declarations and data have nothing to test."""
    if (
        name(path) in DATA
        or "migrations" in path.parts
        or path.stem == "errors"
        or name(path).startswith(TYPED)
    ):
        return False
    functions = (
        node for node in ast.walk(parsed(path)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    )
    return any(not isinstance(node.body[-1], ast.Expr) or len(node.body) > 2 for node in functions)


def _imports(path: Path) -> set[str]:
    return {
        node.module for node in ast.walk(parsed(path)) if isinstance(node, ast.ImportFrom) and node.module
    }


def _dotted(path: Path) -> str:
    return name(path).removesuffix(".py").removesuffix("/__init__").replace("/", ".")


@pytest.mark.parametrize("path", modules(*ROOMS), ids=name)
def test_a_module_says_what_it_is_for(path: Path) -> None:
    words = ast.get_docstring(parsed(path))
    assert words
    assert words.splitlines()[0].endswith((".", ":", "?"))


@pytest.mark.parametrize("path", EVERYTHING, ids=name)
def test_files_fit_on_a_few_screens_and_functions_on_one(path: Path) -> None:
    length = len(path.read_text(encoding="utf-8").splitlines())
    longest = LONGEST_TESTS if name(path).startswith("tests/") else LONGEST_FILE
    assert length <= longest or name(path) in DATA
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno:
            lines = node.end_lineno - node.lineno + 1
            assert lines <= LONGEST_FUNCTION, f"{node.name} has {lines} lines"


@pytest.mark.parametrize("path", EVERYTHING, ids=name)
def test_names_say_what_things_are(path: Path) -> None:
    assert path.stem not in {"utils", "helpers", "types", "common", "misc"}
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.ClassDef):
            assert not node.name.endswith(("Manager", "Helper", "Impl", "Base")), node.name
            # Who inherits may have to use the name that a library chose.
            names = [] if node.bases else [part.name for part in node.body if isinstance(part, FUNCTION)]
            assert not any(method.startswith(UNSAYING) for method in names), names
    functions = [node.name for node in parsed(path).body if isinstance(node, FUNCTION)]
    assert not any(function.startswith(UNSAYING) for function in functions), functions


def test_nothing_is_left_for_later() -> None:
    found = [name(path) for path in text_files() if _holds(path, PROMISES)]
    assert found == []


def test_no_package_registry_is_named() -> None:
    locks = [ROOT / lock for lock in ("requirements.lock", "requirements-dev.lock")]
    found = [name(path) for path in [*text_files(), *locks] if _holds(path, REGISTRIES)]
    assert found == []


def test_every_module_has_its_tests() -> None:
    """One of the same name, one that imports it, or those of a neighbour it was split off from."""
    tests = modules("tests")
    named = {test.stem.removeprefix("test_") for test in tests}
    imported = {module for test in tests for module in _imports(test)}
    tested = {path for path in modules(*ROOMS) if path.stem in named or _dotted(path) in imported}
    split_off = {(path.parent, module) for path in tested for module in _imports(path)}
    untested = [
        name(path)
        for path in modules(*ROOMS)
        if _does_something(path) and path not in tested and (path.parent, _dotted(path)) not in split_off
    ]
    assert untested == []


def _holds(path: Path, words: tuple[str, ...]) -> bool:
    text = path.read_text(encoding="utf-8")
    return any(word in text for word in words)
