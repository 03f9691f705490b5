"""Which Querent this is."""

from importlib.metadata import PackageNotFoundError, version


def _installed() -> str:
    try:
        return version("querent")
    except PackageNotFoundError:
        return "not installed"


VERSION = _installed()
