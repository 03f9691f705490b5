from typing import Any

import pytest

from transport.asked import read_question


@pytest.mark.parametrize(
    "given",
    [
        None,
        7,
        [],
        {},
        {"question": None},
        {"question": "Why?", "more": 1},
        {"messages": []},
        {"messages": "Why?"},
        {"messages": [{"role": "assistant", "content": "Why?"}]},
        {"messages": [{"content": "Why?"}]},
        {"messages": [{"role": "user", "content": [{"type": "image", "url": "x"}]}]},
        {"messages": [{"role": "user"}]},
    ],
)
def test_what_holds_no_question_is_refused(given: Any) -> None:
    with pytest.raises(ValueError):
        read_question(given)
