"""How the service tells what it does: one line for each event, readable on a terminal, JSON elsewhere."""

import logging
import sys
import traceback
from collections.abc import Iterator, Sequence
from typing import Any, TextIO

import structlog
from structlog.typing import EventDict, Processor

# These tell each connection and each statement; what matters of it we tell ourselves.
QUIET = (
    "uvicorn",
    "uvicorn.error",
    "uvicorn.access",
    "httpx",
    "httpx2",
    "httpcore",
    "aiohttp",
    "openai",
    "websockets",
    "psycopg",
    "alembic",
    "procrastinate",
)

# Enough to find the place.
MOST_FRAMES = 12
MOST_LED_TO = 4


def set_up_logs(level: str, stream: TextIO = sys.stderr) -> None:
    """Send every record to `stream`. What is bound with `structlog.contextvars` is on every record."""
    told: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=told,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            *([] if level == "DEBUG" else [without_words]),
            *_shown(stream),
        ],
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    for name in QUIET:
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))


def without_words(_: Any, __: str, event: EventDict) -> EventDict:
    """Tell of an exception what it is and where it was raised: its words may quote a question or a row."""
    told = event.pop("exc_info", None)
    error = sys.exc_info()[1] if told is True else told[1] if isinstance(told, tuple) else told
    if isinstance(error, BaseException):
        event["raised"] = list(_raised(error))
    return event


def _raised(error: BaseException | None) -> Iterator[str]:
    """One line for an exception and for each that led to it, the last one first."""
    for _ in range(MOST_LED_TO):
        if error is None:
            return
        frames = traceback.extract_tb(error.__traceback__)[-MOST_FRAMES:]
        places = " > ".join(f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames)
        yield f"{type(error).__module__}.{type(error).__qualname__}: {places}"
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def _shown(stream: TextIO) -> Sequence[Processor]:
    if stream.isatty():
        return [structlog.dev.ConsoleRenderer()]
    return [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
