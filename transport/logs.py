"""Logging configuration: one line per event, readable on a terminal, JSON elsewhere."""

import logging
import sys
import traceback
from collections.abc import Iterator, Sequence
from typing import Any, TextIO

import structlog
from structlog.typing import EventDict, Processor

# These log every connection or statement; the service logs the events that matter itself.
QUIET_LOGGERS = (
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

# Enough to locate an error.
MAX_FRAMES = 12
MAX_CAUSES = 4


def configure_logging(level: str, stream: TextIO = sys.stderr) -> None:
    """Send all records to `stream`. Values bound with `structlog.contextvars` are added to each record."""
    shared_processors: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared_processors,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            *([] if level == "DEBUG" else [strip_exception_text]),
            *_renderers(stream),
        ],
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    for name in QUIET_LOGGERS:
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))


def strip_exception_text(_: Any, __: str, event: EventDict) -> EventDict:
    """Replace a traceback by exception types and locations: exception texts may quote questions or rows."""
    exc_info = event.pop("exc_info", None)
    if exc_info is True:
        error = sys.exc_info()[1]
    else:
        error = exc_info[1] if isinstance(exc_info, tuple) else exc_info
    if isinstance(error, BaseException):
        event["raised"] = list(_exception_chain(error))
    return event


def _exception_chain(error: BaseException | None) -> Iterator[str]:
    """Yield one line for an exception and for each of its causes, the latest first."""
    for _ in range(MAX_CAUSES):
        if error is None:
            return
        frames = traceback.extract_tb(error.__traceback__)[-MAX_FRAMES:]
        locations = " > ".join(f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames)
        yield f"{type(error).__module__}.{type(error).__qualname__}: {locations}"
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def _renderers(stream: TextIO) -> Sequence[Processor]:
    if stream.isatty():
        return [structlog.dev.ConsoleRenderer()]
    return [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
