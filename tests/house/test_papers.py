from pathlib import Path

import pytest

from scripts.papers import MADE, MARKED, ROOT, env_example, renewed
from transport.protocol.schema import FILES, FOLDER, described

PAPERS = sorted(ROOT.glob("*.md"))


def test_the_example_environment_names_every_setting() -> None:
    """`make papers` renews it."""
    assert (ROOT / ".env.example").read_text(encoding="utf-8") == env_example()


@pytest.mark.parametrize("path", PAPERS, ids=lambda path: path.name)
def test_papers_say_what_the_code_does(path: Path) -> None:
    """`make papers` renews them."""
    text = path.read_text(encoding="utf-8")
    assert text == renewed(text)


@pytest.mark.parametrize("name", FILES)
def test_the_schemas_say_what_the_code_does(name: str) -> None:
    """`make papers` renews them."""
    assert (FOLDER / name).read_text(encoding="utf-8") == described()[name]


def test_everything_made_from_code_is_shown_somewhere() -> None:
    shown = {found["name"] for path in PAPERS for found in MARKED.finditer(path.read_text(encoding="utf-8"))}
    assert shown == set(MADE)


@pytest.mark.parametrize(
    "name",
    ["README", "ARCHITECTURE", "PROTOCOL", "DECISIONS", "CONTRIBUTING", "CHANGELOG"],
)
def test_the_papers_are_there(name: str) -> None:
    assert (ROOT / f"{name}.md").read_text(encoding="utf-8").startswith("# ")
