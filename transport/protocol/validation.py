"""Reject NUL (U+0000), which PostgreSQL cannot store in text."""

from typing import Any

from transport.protocol.errors import ApiError, RequestRefused

NUL = "\0"
# For pydantic, whose patterns follow the syntax of Rust's regex crate.
NUL_FREE_PATTERN = r"^[^\x00]*$"
CONTAINS_NUL = ApiError("invalid_argument", "Text must not contain the character U+0000.")


def reject_nul(value: Any) -> None:
    """Raise `RequestRefused` if any string in a JSON value contains NUL, at any depth."""
    match value:
        case str() if NUL in value:
            raise RequestRefused(CONTAINS_NUL.code, CONTAINS_NUL.message)
        case list():
            for item in value:
                reject_nul(item)
        case dict():
            for pair in value.items():
                reject_nul(list(pair))
