"""What makes the start of a server short, beside what is not imported at all."""

import gc
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from graph.settings import Settings
from store.embedded import starting_beside


@contextmanager
def starting(settings: Settings) -> Iterator[None]:
    """Start the embedded PostgreSQL, if it is to be used, while the block imports and opens the rest.

    Until `started`, garbage is not looked for: of what is imported none is, and to look through all of it
    again and again takes a fifth of the time.
    """
    with ExitStack() as stack:
        if settings.store_url is None:
            stack.enter_context(starting_beside(settings.data))
        gc.disable()
        stack.callback(_as_before)
        yield


def started() -> None:
    """Look for garbage from now on, but only among what is new."""
    gc.freeze()
    gc.enable()


def _as_before() -> None:
    gc.unfreeze()
    gc.enable()
