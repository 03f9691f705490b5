"""Bodies of thread requests, as they are read."""

import pytest
from pydantic import BaseModel, ValidationError

from transport.rest.threads import MAX_STATES, HistoryLimit, ThreadCreate, ThreadSearch, ThreadUpdate


def test_metadata_of_other_clients_is_passed_over() -> None:
    body = ThreadCreate.model_validate({"metadata": {"title": " Pets ", "graph_id": "querent", "x": 1}})
    assert (body.metadata.title, body.metadata.database) == ("Pets", None)


@pytest.mark.parametrize(
    ("model", "body"),
    [
        (ThreadCreate, {"thread_id": "mine"}),
        (ThreadCreate, {"database": ""}),
        (ThreadUpdate, {"metadata": {"title": "a\0b"}}),
        (ThreadUpdate, {}),
        (ThreadSearch, {"limit": -1}),
        (HistoryLimit, {"limit": MAX_STATES + 1}),
    ],
)
def test_what_does_not_fit_is_refused(model: type[BaseModel], body: object) -> None:
    with pytest.raises(ValidationError):
        model.model_validate(body)
