"""A cluster made once and copied: making one takes a second."""

import subprocess
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from store.embedded.cluster import Cluster


@pytest.fixture(scope="session")
def pristine() -> Iterator[Path]:
    """A cluster that never ran, to be copied."""
    with TemporaryDirectory(prefix="querent-tests-") as parent:
        folder = Path(parent, "cluster")
        Cluster(folder).initialize()
        yield folder


@pytest.fixture
def data(pristine: Path) -> Iterator[Path]:
    """A data folder with a cluster in it that never ran."""
    with TemporaryDirectory(prefix="querent-tests-") as parent:
        folder = Path(parent, "data")
        folder.mkdir(mode=0o700)
        subprocess.run(["cp", "-a", pristine, folder / "postgres"], check=True)
        yield folder
