"""The documentation agrees with the code: generated parts, paths, settings, commands and links."""

import re
import shlex
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from dotenv import dotenv_values
from markdown_it import MarkdownIt
from mkdocs.commands.build import build
from mkdocs.config import load_config
from typer.main import get_command

from agent.guard.policy.loader import parse_policy
from graph.evaluation.suite import read_suite
from schema_docs.notes.files import NotesFile
from schema_docs.notes.notes import read_notes
from scripts.generate_docs import MARKED, ROOT, SECTIONS, env_example, pages, render, variable
from store.catalog import Catalog, Column, Table
from tests.fixtures.source_tree import ROOMS
from transport.cli.main import app
from transport.protocol.schema import SCHEMA_DIR, SCHEMA_FILES, render_schema_files

PAGES = pages()
TEXTS = {path: path.read_text(encoding="utf-8") for path in PAGES}
FOLDERS = (*ROOMS, "benchmarks", "docs", "scripts", "tests")
PATH = re.compile(rf"`((?:{'|'.join(FOLDERS)})/[\w./-]+)`")
# Variables of the tests, which are no settings of the service.
TEST_VARIABLES = {"QUERENT_MUTATIONS", "QUERENT_TEST_MYSQL_URL"}
IDIOMS = re.compile(
    r"\b(whoever|nobody|somebody|anybody|anew|for ever|of ours|let go of|dear|reckon|before" r"hand)\b", re.I
)
MIN_FEATURES = 40


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def settings() -> set[str]:
    """Names of all settings, from the table in the reference."""
    return set(re.findall(r"^\| `(QUERENT_\w+)` \|", SECTIONS["settings"](), re.MULTILINE))


def command_lines() -> list[tuple[str, list[str]]]:
    """Every command line in a shell block, with the page it is on."""
    lines = []
    for path, text in TEXTS.items():
        for block in re.findall(r"```sh\n(.*?)```", text, re.DOTALL):
            for line in block.replace("\\\n", " ").splitlines():
                for command in line.split(" | "):
                    words = shlex.split(command.partition(" #")[0], comments=False)
                    while words and re.fullmatch(r"[A-Z_]+=.*", words[0]):
                        words.pop(0)
                    if words:
                        lines.append((name(path), words))
    return lines


def test_the_example_environment_is_current() -> None:
    """`make docs` renews it."""
    assert (ROOT / ".env.example").read_text(encoding="utf-8") == env_example()


def test_the_example_environment_sets_nothing() -> None:
    assert dotenv_values(ROOT / ".env.example") == {}


def test_the_uncommented_example_environment_sets_every_setting_to_its_default() -> None:
    uncommented = re.sub(r"^#(QUERENT_)", r"\1", env_example(), flags=re.MULTILINE)
    values = dotenv_values(stream=StringIO(uncommented))
    assert values.keys() == settings()
    assert values[variable("port")] == "8000"


def test_the_table_of_settings_is_one_markdown_table() -> None:
    tokens = MarkdownIt().enable("table").parse(SECTIONS["settings"]())
    assert [token.type for token in tokens if token.level == 0] == ["table_open", "table_close"]
    assert sum(token.type == "td_open" for token in tokens) == 3 * len(settings())


@pytest.mark.parametrize("path", PAGES, ids=name)
def test_generated_sections_are_current(path: Path) -> None:
    """`make docs` renews them."""
    assert TEXTS[path] == render(TEXTS[path])


@pytest.mark.parametrize("file", SCHEMA_FILES)
def test_schema_files_are_current(file: str) -> None:
    """`make docs` renews them."""
    assert (SCHEMA_DIR / file).read_text(encoding="utf-8") == render_schema_files()[file]


def test_every_generated_section_is_on_a_page() -> None:
    used = {match["name"] for text in TEXTS.values() for match in MARKED.finditer(text)}
    assert used == set(SECTIONS)


@pytest.mark.parametrize("stem", ["README", "DECISIONS", "CONTRIBUTING", "CHANGELOG", "SECURITY"])
def test_the_root_pages_exist(stem: str) -> None:
    assert (ROOT / f"{stem}.md").read_text(encoding="utf-8").startswith("# ")


@pytest.mark.parametrize("path", PAGES, ids=name)
def test_every_path_on_a_page_exists(path: Path) -> None:
    missing = [match for match in PATH.findall(TEXTS[path]) if not (ROOT / match).exists()]
    assert missing == []


@pytest.mark.parametrize("path", PAGES, ids=name)
def test_every_setting_on_a_page_exists(path: Path) -> None:
    mentioned = set(re.findall(r"QUERENT_[A-Z_]*[A-Z]", TEXTS[path]))
    assert mentioned - settings() - TEST_VARIABLES == set()


def test_every_command_on_a_page_exists() -> None:
    commands = [(page, words) for page, words in command_lines() if words[0].endswith("querent")]
    assert len(commands) > 40
    for page, words in commands:
        command: Any = get_command(app)
        arguments = words[1:]
        while hasattr(command, "commands"):
            assert arguments[:1], (page, words)
            assert arguments[0] in command.commands, (page, words)
            command = command.commands[arguments.pop(0)]
        options = {option for param in command.params for option in (*param.opts, *param.secondary_opts)}
        used = {word for word in arguments if word.startswith("--")}
        assert used <= options | {"--help"}, (page, words)


def test_every_make_target_on_a_page_exists() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    shell = {words[1] for _, words in command_lines() if words[0] == "make"}
    inline = {target for text in TEXTS.values() for target in re.findall(r"`make ([a-z]+)", text)}
    assert shell | inline <= targets
    assert "run" in shell


def test_every_module_that_a_page_runs_exists() -> None:
    for text in TEXTS.values():
        for module in re.findall(r"python -m ([\w.]+)", text):
            path = ROOT / module.replace(".", "/")
            assert path.with_suffix(".py").exists() or path.is_dir(), module


@pytest.mark.parametrize("path", PAGES, ids=name)
def test_links_between_root_pages_and_docs_resolve(path: Path) -> None:
    targets = re.findall(r"\]\(((?!https?:|#)[^)#]+)", TEXTS[path])
    assert [target for target in targets if not (path.parent / target).exists()] == []


def test_the_feature_list_names_files_and_tests() -> None:
    text = TEXTS[ROOT / "docs" / "where-is.md"]
    rows = [line.split(" | ") for line in text.splitlines() if re.match(r"\| (?!Feature|---)", line)]
    assert len(rows) >= MIN_FEATURES
    for row in rows:
        assert len(row) == 3, row
        assert "`" in row[1], row
        assert "`tests/" in row[2] or "–" in row[2], row


def test_the_policy_in_the_guide_is_valid() -> None:
    text = TEXTS[ROOT / "docs" / "how-to" / "control-access.md"]
    policy = parse_policy(_block(text, "yaml"))
    assert set(policy.roles) == {"default", "auditor", "*"}


def test_the_suite_in_the_guide_is_valid(tmp_path: Path) -> None:
    path = tmp_path / "suite.yaml"
    path.write_text(_block(TEXTS[ROOT / "docs" / "how-to" / "evaluate.md"], "yaml"), encoding="utf-8")
    assert [len(case.turns) for case in read_suite(path).cases] == [1, 2, 1]


def test_the_notes_in_the_reference_are_valid() -> None:
    text = _block(TEXTS[ROOT / "docs" / "reference" / "notes-files.md"], "markdown")
    columns = (Column("placed_at", "timestamp", "timestamp"),)
    catalog = Catalog("postgres", (Table(None, "customers", ()), Table(None, "orders", columns)))
    report = read_notes([NotesFile("active.md", text)], catalog)
    assert report.problems == ()
    assert [term.name for term in report.terms] == ["active customer"]


def _block(text: str, language: str) -> str:
    match = re.search(rf"```{language}\n(.*?)```", text, re.DOTALL)
    assert match
    return match[1]


@pytest.mark.parametrize("path", PAGES, ids=name)
def test_pages_are_in_plain_english(path: Path) -> None:
    assert IDIOMS.findall(TEXTS[path]) == []


def test_the_site_builds_and_loads_nothing_from_other_hosts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_MKDOCS_2_WARNING", "1")
    build(load_config(str(ROOT / "mkdocs.yml"), site_dir=str(tmp_path), strict=True))
    built = {path: path.read_text(encoding="utf-8") for path in tmp_path.rglob("*.html")}
    assert len(built) >= len(list((ROOT / "docs").rglob("*.md")))
    loaded = re.compile(
        r"<(?:script|img|iframe)[^>]*\ssrc=\"?(?:https?:)?//|<link[^>]*href=\"?(?:https?:)?//"
    )
    for path, html in built.items():
        assert not loaded.search(html), path
        # The theme would load a renderer for such blocks from a content delivery network.
        assert 'class="mermaid"' not in html, path
