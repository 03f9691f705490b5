from typing import Any

import pytest

from transport.protocol.errors import RequestRefused
from transport.protocol.validation import reject_nul


@pytest.mark.parametrize(
    "value", ["a\0", ["a", ["\0"]], {"a": {"b": "\0"}}, {"\0": 1}, [{"a": [{"\0": None}]}]]
)
def test_what_postgresql_would_not_keep_is_refused_however_deep(value: Any) -> None:
    with pytest.raises(RequestRefused, match=r"U\+0000"):
        reject_nul(value)


@pytest.mark.parametrize("value", [None, 0, True, "", "\\u0000", "\x01\t\n", {"a": [1, "é", {}]}])
def test_everything_else_may_be_said(value: Any) -> None:
    reject_nul(value)
