"""How the service tells what it does: one line for each event, readable on a terminal, JSON elsewhere."""

import logging
import sys
from collections.abc import Sequence
from typing import TextIO

import structlog
from structlog.typing import Processor

# These tell each connection and each statement; what matters of it we tell ourselves.
QUIET = (
    "uvicorn",
    "uvicorn.error",
    "uvicorn.access",
    "httpx",
    "httpx2",
    "httpcore",
    "openai",
    "websockets",
    "psycopg",
    "alembic",
    "procrastinate",
)


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
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *_shown(stream)],
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    for name in QUIET:
        logging.getLogger(name).setLevel(max(logging.WARNING, root.level))


def _shown(stream: TextIO) -> Sequence[Processor]:
    if stream.isatty():
        return [structlog.dev.ConsoleRenderer()]
    return [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
