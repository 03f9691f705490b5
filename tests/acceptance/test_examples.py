"""The files in `examples/`, run as their comments say."""

import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from time import monotonic, sleep

import pytest

from tests.fixtures.cli import ROOT, Terminal
from tests.fixtures.node import folder_with_packages

EXAMPLES = ROOT / "examples"
START_S = 90


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Terminal]:
    """A running service with the sample shop."""
    terminal = Terminal(tmp_path_factory.mktemp("examples"))
    with terminal.run_server(port="0"):
        yield terminal


def run(terminal: Terminal, *words: str) -> str:
    """Run an example to its end; return what it printed."""
    environment = terminal._environment({})
    completed = subprocess.run(
        words, cwd=terminal.folder, env=environment, capture_output=True, text=True, check=False, timeout=100
    )
    assert completed.returncode == 0, completed.stderr
    return completed.stdout


def address(terminal: Terminal) -> str:
    return f"http://127.0.0.1:{terminal.settings['QUERENT_PORT']}"


def test_the_stock_python_sdk_asks(shop: Terminal) -> None:
    printed = run(
        shop, sys.executable, str(EXAMPLES / "ask.py"), "How many customers are there?", address(shop)
    )
    assert "4,000" in printed
    assert "SELECT" in printed


def test_a_raw_websocket_asks_and_resumes(shop: Terminal) -> None:
    example = str(EXAMPLES / "raw_websocket.py")
    assert "4,000" in run(shop, sys.executable, example, "How many customers are there?", address(shop))


@pytest.mark.timeout(330)
def test_the_stock_javascript_sdk_asks(shop: Terminal) -> None:
    folder = folder_with_packages()
    script = folder / "ask.mjs"
    script.write_text((EXAMPLES / "ask.mjs").read_text("utf-8"), "utf-8")
    assert "4,000" in run(shop, "node", str(script), address(shop), "How many customers are there?")


def test_a_fastapi_application_embeds_the_service(shop: Terminal) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    example = [sys.executable, str(EXAMPLES / "embed_in_fastapi.py"), str(port)]
    with subprocess.Popen(example, cwd=shop.folder, env=shop._environment({})) as process:
        try:
            assert read_when_up(f"http://127.0.0.1:{port}/hello") == b'{"hello":"world"}'
            assert b"shop" in read_when_up(f"http://127.0.0.1:{port}/ask/databases")
        finally:
            process.terminate()


def test_the_policy_fits_the_sample_shop(shop: Terminal) -> None:
    result = shop.type("policy", "check", "shop", str(EXAMPLES / "policy.yaml"))
    assert result.code == 0, result.out + result.err


def test_the_suite_passes(shop: Terminal) -> None:
    result = shop.type("eval", "suite", str(EXAMPLES / "suite.yaml"))
    assert result.code == 0, result.out + result.err


def test_the_readme_lists_every_example() -> None:
    text = (EXAMPLES / "README.md").read_text("utf-8")
    names = {path.name for path in EXAMPLES.iterdir() if path.is_file()} - {"README.md"}
    assert {name for name in names if f"`{name}`" in text} == names


def read_when_up(url: str) -> bytes:
    """Read a URL as soon as something answers there."""
    deadline = monotonic() + START_S
    while True:
        try:
            with urllib.request.urlopen(url, timeout=START_S) as response:
                return bytes(response.read())
        except urllib.error.URLError:
            assert monotonic() < deadline, f"nothing answers at {url}"
            sleep(0.1)
