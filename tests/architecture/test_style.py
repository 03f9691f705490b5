import ast
from pathlib import Path

import pytest

from tests.fixtures.source_tree import ROOMS, ROOT, modules, name, parsed, text_files

# Data only: long files are allowed, and there is nothing to test.
DATA = {"agent/builtin/lexicon/synonyms.py", "store/sample/product_data.py", "store/sample/text_data.py"}
# Tested through the command line, in `tests/acceptance/cli`.
TYPED = "transport/cli/"
# Modules whose tests are not at their own path, with the file or folder that has them.
TESTED_ELSEWHERE = {
    "agent/guard/rules/lists/__init__.py": "tests/unit/agent/guard/rules/test_functions.py",
    "transport/version.py": "tests/acceptance/cli",
    "agent/builtin/deadline.py": "tests/unit/agent/builtin/test_analyst.py",
    "agent/builtin/followup/detection.py": "tests/unit/agent/builtin/followup/test_edits.py",
    "agent/builtin/grammar/mentions.py": "tests/unit/agent/builtin/grammar/test_nouns.py",
    "agent/builtin/linking/name_index.py": "tests/unit/agent/builtin/linking",
    "agent/builtin/linking/spans.py": "tests/unit/agent/builtin/linking",
    "agent/builtin/linking/suggestions.py": "tests/unit/agent/builtin/test_clarification.py",
    "agent/builtin/nlg/comparisons.py": "tests/unit/agent/builtin/nlg/test_filters.py",
    "agent/builtin/nlg/labels.py": "tests/unit/agent/builtin/nlg/test_lists.py",
    "agent/builtin/plan/builder.py": "tests/unit/agent/builtin/plan",
    "agent/builtin/plan/join_planner.py": "tests/unit/agent/builtin/sql/test_printer.py",
    "agent/builtin/plan/model.py": "tests/unit/agent/builtin/plan",
    "agent/builtin/schema/column_roles.py": "tests/unit/agent/builtin/test_other_schemas.py",
    "agent/builtin/schema/model.py": "tests/unit/agent/builtin/test_other_schemas.py",
    "agent/guard/dialects.py": "tests/guard/test_fuzz.py",
    "agent/guard/names/tables.py": "tests/unit/agent/guard/test_judge.py",
    "agent/guard/parsing/parser.py": "tests/unit/agent/guard/test_judge.py",
    "agent/guard/policy/schema.py": "tests/unit/agent/guard/policy/test_loader.py",
    "agent/guard/verdict.py": "tests/unit/agent/guard/test_judge.py",
    "agent/llm/analyst.py": "tests/integration/model/test_model_analyst.py",
    "agent/llm/chat_models.py": "tests/integration/model/test_chat_models.py",
    "agent/llm/options.py": "tests/integration/model/test_model_roles.py",
    "graph/compose.py": "tests/integration/graph/test_access.py",
    "graph/evaluation/harness.py": "tests/integration/graph/evaluation/test_runner.py",
    "graph/ports.py": "tests/unit/graph/test_access.py",
    "graph/runs/snapshots.py": "tests/unit/transport/rest/test_threads.py",
    "graph/studio.py": "tests/acceptance/test_studio.py",
    "schema_docs/sync/builder.py": "tests/integration/schema_docs/sync/test_sync.py",
    "store/access/roles.py": "tests/unit/store/access/test_catalog_filter.py",
    "store/catalog.py": "tests/unit/store/access/test_catalog_filter.py",
    "store/maps/maps.py": "tests/integration/store/maps",
    "store/maps/writer.py": "tests/integration/schema_docs/sync/test_sync.py",
    "store/runs/records.py": "tests/integration/store/runs/test_runs.py",
    "store/targets/duckdb/worker.py": "tests/unit/store/targets/duckdb/test_target.py",
    "store/targets/processes/worker.py": "tests/unit/store/targets/processes/test_pool.py",
    "store/targets/sqlalchemy/catalog.py": "tests/unit/store/targets/sqlalchemy/test_target.py",
    "store/targets/sqlalchemy/worker.py": "tests/unit/store/targets/sqlalchemy/test_target.py",
    "store/targets/sqlite/sandbox.py": "tests/unit/store/targets/sqlite/test_target.py",
    "transport/app.py": "tests/acceptance/wire",
    "transport/protocol/events.py": "tests/unit/transport/protocol/test_encoding.py",
    "transport/protocol/schema.py": "tests/acceptance/wire/test_wire_schema.py",
    "transport/realtime/commands.py": "tests/acceptance/wire",
    "transport/realtime/session.py": "tests/acceptance/wire",
    "transport/rest/commands.py": "tests/acceptance/wire",
    "transport/rest/runs.py": "tests/acceptance/wire",
    "transport/settings.py": "tests/unit/transport/auth/test_authentication.py",
}
MAX_FILE_LINES = 400
MAX_TEST_LINES = 400
MAX_FUNCTION_LINES = 40
# Put together here, so that this file does not hold them.
REGISTRIES = ("py" + "pi.org", "python" + "hosted.org", "npm" + "js.org", "crates" + ".io", "docker" + ".io")
PROMISES = ("TO" + "DO", "FIX" + "ME", "XX" + "X", "HA" + "CK")
FUNCTION = (ast.FunctionDef, ast.AsyncFunctionDef)
FORBIDDEN_PREFIXES = ("get_", "do_")
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


@pytest.mark.parametrize("path", modules(*ROOMS), ids=name)
def test_a_module_says_what_it_is_for(path: Path) -> None:
    words = ast.get_docstring(parsed(path))
    assert words
    assert words.splitlines()[0].endswith((".", ":", "?"))


@pytest.mark.parametrize("path", EVERYTHING, ids=name)
def test_files_fit_on_a_few_screens_and_functions_on_one(path: Path) -> None:
    length = len(path.read_text(encoding="utf-8").splitlines())
    max_lines = MAX_TEST_LINES if name(path).startswith("tests/") else MAX_FILE_LINES
    assert length <= max_lines or name(path) in DATA
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno:
            lines = node.end_lineno - node.lineno + 1
            assert lines <= MAX_FUNCTION_LINES, f"{node.name} has {lines} lines"


@pytest.mark.parametrize("path", EVERYTHING, ids=name)
def test_names_say_what_things_are(path: Path) -> None:
    assert path.stem not in {"utils", "helpers", "types", "common", "misc"}
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.ClassDef):
            assert not node.name.endswith(("Manager", "Helper", "Impl", "Base")), node.name
            # Who inherits may have to use the name that a library chose.
            names = [] if node.bases else [part.name for part in node.body if isinstance(part, FUNCTION)]
            assert not any(method.startswith(FORBIDDEN_PREFIXES) for method in names), names
    functions = [node.name for node in parsed(path).body if isinstance(node, FUNCTION)]
    assert not any(function.startswith(FORBIDDEN_PREFIXES) for function in functions), functions


def test_nothing_is_left_for_later() -> None:
    found = [name(path) for path in text_files() if _holds(path, PROMISES)]
    assert found == []


def test_no_package_registry_is_named() -> None:
    locks = [ROOT / lock for lock in ("requirements.lock", "requirements-dev.lock")]
    found = [name(path) for path in [*text_files(), *locks] if _holds(path, REGISTRIES)]
    assert found == []


def test_every_module_has_its_tests() -> None:
    """A module is tested at its own path below `unit/` or `integration/`, or where the list says."""
    untested = {name(path) for path in modules(*ROOMS) if _does_something(path) and not _has_own_tests(path)}
    assert untested - TESTED_ELSEWHERE.keys() == set()


@pytest.mark.parametrize("module", TESTED_ELSEWHERE)
def test_the_list_of_modules_tested_elsewhere_is_right(module: str) -> None:
    path = ROOT / module
    assert path.is_file()
    assert not _has_own_tests(path)
    assert (ROOT / TESTED_ELSEWHERE[module]).exists()


def _has_own_tests(path: Path) -> bool:
    return any(
        (ROOT / "tests" / kind / name(path.parent) / f"test_{path.stem}.py").exists()
        for kind in ("unit", "integration")
    )


def _holds(path: Path, words: tuple[str, ...]) -> bool:
    text = path.read_text(encoding="utf-8")
    return any(word in text for word in words)
