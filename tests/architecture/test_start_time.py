"""A server begins to answer before everything is imported that some question will need."""

import subprocess
import sys

import pytest

from tests.fixtures.source_tree import ROOT

# Each takes between 0.05 and 0.5 s. Who needs one pays for it, or it comes in beside the first questions.
LATER = (
    "agent.builtin.analyst",
    "agent.llm.chat_models",
    *("alembic", "duckdb", "pymysql", "openai", "langchain_openai", "langchain_community", "vl_convert"),
)


@pytest.fixture(scope="module")
def imported() -> set[str]:
    """What a server has imported when it opens its parts."""
    program = "import sys, transport.cli.main, transport.cli.serve; print(*sys.modules)"
    ran = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return set(ran.stdout.split())


@pytest.mark.parametrize("package", LATER)
def test_a_start_does_not_wait_for_what_can_come_later(package: str, imported: set[str]) -> None:
    assert "graph.compose" in imported
    assert package not in imported
