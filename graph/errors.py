"""What can go wrong in the order.

* GraphError – `str()` is one sentence, safe to show
    * QuestionUnusable – empty, or too long
    * NoSuchRun – there is no run to stop
    * NoSuchInterrupt – nothing waits for an answer under this id
    * TooBusy – this process works on as many runs as it can
    * ResponseUnusable – the answer does not fit what was asked
"""


class GraphError(Exception):
    """Any fault of this room; `str()` is one sentence, safe to show."""


class QuestionUnusable(GraphError):
    """The question cannot be taken: empty, or too long."""


class NoSuchRun(GraphError):
    """There is no run to stop."""


class NoSuchInterrupt(GraphError):
    """Nothing waits for an answer under this id."""


class TooBusy(GraphError):
    """This process works on as many runs as it can."""


class ResponseUnusable(GraphError):
    """The answer does not fit what was asked."""
