import io
import json
import logging
from collections.abc import Iterator

import pytest
from structlog.contextvars import bound_contextvars

from transport.logs import configure_logging


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    yield io.StringIO()
    root.handlers, root.level = handlers, level


def test_a_record_is_a_line_of_json_with_what_is_bound(stream: io.StringIO) -> None:
    configure_logging("INFO", stream)
    with bound_contextvars(question="q1"):
        logging.getLogger("graph.runs.executor").info("run failed", extra={"code": "internal"})
    told = json.loads(stream.getvalue())
    assert (told["event"], told["level"], told["logger"]) == ("run failed", "info", "graph.runs.executor")
    assert (told["question"], told["code"]) == ("q1", "internal")


def test_what_is_below_the_level_is_not_told(stream: io.StringIO) -> None:
    configure_logging("WARNING", stream)
    logging.getLogger("graph.runs.executor").info("going well")
    logging.getLogger("uvicorn.error").info("connection open")
    assert stream.getvalue() == ""


def break_with(words: str) -> None:
    try:
        try:
            raise KeyError(words)
        except KeyError as error:
            raise RuntimeError(words) from error
    except RuntimeError:
        logging.getLogger("x").exception("it broke")


def test_of_an_exception_its_kind_and_place_are_told_and_not_its_words(stream: io.StringIO) -> None:
    configure_logging("INFO", stream)
    break_with("value 'secret'")
    (line,) = stream.getvalue().splitlines()
    told = json.loads(line)
    assert "secret" not in line
    assert [raised.partition(":")[0] for raised in told["raised"]] == [
        "builtins.RuntimeError",
        "builtins.KeyError",
    ]
    assert "test_logs.py" in told["raised"][0]
    assert told["raised"][0].endswith(" break_with")


def test_a_debug_log_has_the_whole_traceback_in_one_line(stream: io.StringIO) -> None:
    configure_logging("DEBUG", stream)
    break_with("value 'secret'")
    (line,) = stream.getvalue().splitlines()
    assert "RuntimeError: value 'secret'" in json.loads(line)["exception"]


def test_a_task_that_ended_is_told_by_its_exception(stream: io.StringIO) -> None:
    configure_logging("INFO", stream)
    logging.getLogger("x").error("a chore ended", exc_info=ValueError("secret"))
    assert json.loads(stream.getvalue())["raised"] == ["builtins.ValueError: "]
