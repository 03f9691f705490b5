"""The machine's Node.js, with the packages that a test wants; installed once, into a folder that is kept."""

import asyncio
import fcntl
import json
import os
import shutil
import subprocess
from pathlib import Path
from tempfile import gettempdir
from typing import Any

import pytest

PACKAGES = ("@langchain/langgraph-sdk@1.12.4", "@langchain/core@1", "ws@8")
INSTALL_S = 240
ANSWER_S = 60


def folder_with_packages() -> Path:
    """Give a folder whose scripts can import the packages; skip the test where there can be none."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        pytest.skip("There is no Node.js with npm on this machine.")
    folder = Path(os.environ.get("QUERENT_TEST_NODE", Path(gettempdir(), "querent-test-node-1")))
    folder.mkdir(mode=0o700, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "installed").exists():
            _install(folder)
    return folder


def _install(folder: Path) -> None:
    order = [
        "npm",
        "install",
        "--prefix",
        str(folder),
        "--no-audit",
        "--no-fund",
        "--ignore-scripts",
        *PACKAGES,
    ]
    try:
        subprocess.run(order, check=True, capture_output=True, timeout=INSTALL_S)
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired):
        pytest.skip("npm cannot install the stock client here.")
    (folder / "installed").touch()


async def run_script(script: Path, *arguments: str) -> Any:
    """Run a script with the packages at hand; give what it printed, read as JSON."""
    folder = await asyncio.to_thread(folder_with_packages)
    placed = folder / script.name
    await asyncio.to_thread(shutil.copyfile, script, placed)
    process = await asyncio.create_subprocess_exec(
        "node", str(placed), *arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    try:
        out, errors = await asyncio.wait_for(process.communicate(), ANSWER_S)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert process.returncode == 0, errors.decode()[-2000:]
    return json.loads(out)
