import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest

from tests.fixtures.source_tree import GENERATED, ROOMS, ROOT

PAPERS = {"METADATA", "WHEEL", "RECORD", "entry_points.txt", "licenses/LICENSE"}
DATA = (
    "agent/llm/templates/*.md",
    "agent/guard/rules/lists/*",
    "store/sample/schema.yml",
    "store/sample/shop.sql",
    "store/migrations/versions/*.py",
    "transport/web/index.html",
    "transport/web/*.js",
    "transport/web/*.css",
    "transport/cli/suite_report.html",
)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (path,) = folder.glob("*.whl")
    with ZipFile(path) as opened:
        return set(opened.namelist())


def test_the_wheel_holds_the_rooms_and_nothing_else(wheel: set[str]) -> None:
    rooms = {file for file in wheel if ".dist-info/" not in file}
    assert rooms == {
        str(path.relative_to(ROOT))
        for room in ROOMS
        for path in (ROOT / room).rglob("*")
        if path.is_file() and not GENERATED & set(path.parts)
    }


def test_the_wheel_holds_its_papers(wheel: set[str]) -> None:
    papers = {file.partition(".dist-info/")[2] for file in wheel if ".dist-info/" in file}
    assert papers == PAPERS


@pytest.mark.parametrize("pattern", DATA)
def test_the_wheel_holds_what_the_code_reads(wheel: set[str], pattern: str) -> None:
    assert any(Path(file).match(pattern) for file in wheel)
