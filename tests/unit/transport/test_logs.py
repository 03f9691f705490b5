import io
import json
import logging
from collections.abc import Iterator

import pytest
from structlog.contextvars import bound_contextvars

from transport.logs import set_up_logs


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    yield io.StringIO()
    root.handlers, root.level = handlers, level


def test_a_record_is_a_line_of_json_with_what_is_bound(stream: io.StringIO) -> None:
    set_up_logs("INFO", stream)
    with bound_contextvars(question="q1"):
        logging.getLogger("graph.drive").info("run failed", extra={"code": "internal"})
    told = json.loads(stream.getvalue())
    assert (told["event"], told["level"], told["logger"]) == ("run failed", "info", "graph.drive")
    assert (told["question"], told["code"]) == ("q1", "internal")


def test_what_is_below_the_level_is_not_told(stream: io.StringIO) -> None:
    set_up_logs("WARNING", stream)
    logging.getLogger("graph.drive").info("going well")
    logging.getLogger("uvicorn.error").info("connection open")
    assert stream.getvalue() == ""


def test_a_traceback_stays_in_its_line(stream: io.StringIO) -> None:
    set_up_logs("INFO", stream)
    try:
        raise ZeroDivisionError
    except ZeroDivisionError:
        logging.getLogger("x").exception("it broke")
    (line,) = stream.getvalue().splitlines()
    assert "ZeroDivisionError" in json.loads(line)["exception"]
