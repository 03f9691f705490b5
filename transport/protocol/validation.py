"""What no text of anybody's may hold: PostgreSQL keeps every character but one."""

from typing import Any

from transport.protocol.errors import Fault, Refused

NUL = "\0"
# For pydantic, which reads it by Rust's rules.
WITHOUT_NUL = r"^[^\x00]*$"
HOLDS_NUL = Fault("invalid_argument", "No text may hold the character U+0000.")


def check_texts(value: Any) -> None:
    """Raise `Refused` where a text holds it, however deep in JSON that text is."""
    match value:
        case str() if NUL in value:
            raise Refused(HOLDS_NUL.code, HOLDS_NUL.sentence)
        case list():
            for each in value:
                check_texts(each)
        case dict():
            for pair in value.items():
                check_texts(list(pair))
