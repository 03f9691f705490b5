"""Version of the installed package."""

from importlib.metadata import PackageNotFoundError, version


def _installed_version() -> str:
    try:
        return version("querent")
    except PackageNotFoundError:
        return "not installed"


VERSION = _installed_version()
