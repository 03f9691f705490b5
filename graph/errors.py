"""Exception hierarchy of the graph room.

* GraphError – `str()` is one sentence, safe to show to users
    * InvalidQuestion – empty or too long
    * RunNotFound – no such run in this conversation
    * InterruptNotFound – no pending interrupt has this id
    * TooBusy – this process has reached its limit of concurrent runs
    * InvalidResponse – the response does not fit the pending interrupt
    * InvalidAdminRequest – an administrative request cannot be carried out as it was made
"""


class GraphError(Exception):
    """Base class of the errors of this room; `str()` is one sentence, safe to show to users."""


class InvalidQuestion(GraphError):
    """The question is empty or too long."""


class RunNotFound(GraphError):
    """No such run exists in this conversation."""


class InterruptNotFound(GraphError):
    """No pending interrupt has this id."""


class TooBusy(GraphError):
    """This process has reached its limit of concurrent runs."""


class InvalidResponse(GraphError):
    """The response does not fit the pending interrupt."""


class InvalidAdminRequest(GraphError):
    """An administrative request cannot be carried out as it was made."""
