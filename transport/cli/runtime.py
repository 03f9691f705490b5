"""What every command begins with: settings that are right, logs that keep quiet, a loop to run in."""

import asyncio
import sys
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from pydantic import ValidationError
from pydantic_settings import SettingsError

from graph.settings import Settings
from transport.auth.authentication import is_loopback, pass_key_of, token_of

Result = TypeVar("Result")
PREFIX = "QUERENT_"


class Unusable(Exception):
    """The command cannot be obeyed as it was given; `str()` is one sentence. Exit code 2."""


def read_settings(**given: Any) -> Settings:
    """Read the environment; what is given at the terminal goes before it. Raises `Unusable`."""
    try:
        return Settings(**{name: value for name, value in given.items() if value is not None})
    except ValidationError as error:
        wrong = error.errors(include_input=False, include_url=False)[0]
        name = PREFIX + "_".join(str(step) for step in wrong["loc"]).upper()
        raise Unusable(f"{name}: {wrong['msg']}.") from error
    except (SettingsError, OSError, UnicodeDecodeError) as error:
        raise Unusable(
            "The settings cannot be read; look at the environment and at the file .env."
        ) from error


def check_exposure(settings: Settings) -> None:
    """Raise `Unusable` where everybody could ask: other machines may only do so with a token."""
    if token_of(settings) is None and pass_key_of(settings) is None and not is_loopback(settings.host):
        raise Unusable(
            f"{PREFIX}HOST is {settings.host}, which other machines can reach: that needs a {PREFIX}TOKEN."
        )


def run(work: Coroutine[Any, Any, Result]) -> Result:
    """Work in a loop of its own until it is done."""
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        return runner.run(work)


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    if sys.platform == "win32":
        return None
    import uvloop  # noqa: PLC0415 – there is none for Windows

    return uvloop.new_event_loop
