"""Passes: tokens that name who shows them, and end by themselves."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import jwt

ALGORITHM = "HS256"
# Nobody can call themselves like somebody without a pass.
PASS = "pass:"
NAME = re.compile(r"[\w.@+-]{1,64}", re.ASCII)
# What the standard says of the token itself, and nobody asks about an asker.
REGISTERED = frozenset({"sub", "exp", "iat", "nbf", "iss", "aud", "jti"})


@dataclass(frozen=True, slots=True)
class Pass:
    """Who somebody is, until when, and what else was said of them."""

    asker: str
    expires_at: float | None = None
    claims: Mapping[str, Any] = field(default_factory=dict)


def make_pass(key: str, asker: str, now: datetime, lasts: timedelta, claims: Mapping[str, Any]) -> str:
    """Sign a pass. Raises `ValueError` for a name that is none."""
    if not NAME.fullmatch(asker):
        raise ValueError("A name has up to 64 letters, digits and . _ @ + -")
    return jwt.encode(
        {**claims, "sub": asker, "iat": int(now.timestamp()), "exp": int((now + lasts).timestamp())},
        key,
        algorithm=ALGORITHM,
    )


def read_pass(key: str, token: str) -> Pass | None:
    """Give what a token says, if it was signed with this key and has not ended."""
    try:
        told = jwt.decode(
            token, key, algorithms=[ALGORITHM], options={"require": ["sub", "exp"], "verify_aud": False}
        )
    except jwt.InvalidTokenError:
        return None
    asker = told["sub"]
    if not NAME.fullmatch(asker):
        return None
    claims = {name: value for name, value in told.items() if name not in REGISTERED}
    return Pass(f"{PASS}{asker}", float(told["exp"]), claims)
