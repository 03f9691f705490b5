"""JSON Web Tokens: issue and verify access tokens that name a user and expire."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import jwt

ALGORITHM = "HS256"
# Keeps the names of JWT users apart from the local user, who has no JWT.
USER_PREFIX = "user:"
USER_NAME = re.compile(r"[\w.@+-]{1,64}", re.ASCII)
# Registered claims (RFC 7519) describe the token; they are not claims about the user.
REGISTERED_CLAIMS = frozenset({"sub", "exp", "iat", "nbf", "iss", "aud", "jti"})


@dataclass(frozen=True, slots=True)
class AccessToken:
    """Verified token: its user, its expiry in seconds since 1970, and the claims about the user."""

    user: str
    expires_at: float | None = None
    claims: Mapping[str, Any] = field(default_factory=dict)


def issue_token(
    secret: str, user: str, issued_at: datetime, lifetime: timedelta, claims: Mapping[str, Any]
) -> str:
    """Sign a token for a user. Raises `ValueError` if the user name is invalid."""
    if not USER_NAME.fullmatch(user):
        raise ValueError("A user name has 1 to 64 letters, digits or . _ @ + -")
    return jwt.encode(
        {
            **claims,
            "sub": user,
            "iat": int(issued_at.timestamp()),
            "exp": int((issued_at + lifetime).timestamp()),
        },
        secret,
        algorithm=ALGORITHM,
    )


def verify_token(secret: str, token: str) -> AccessToken | None:
    """Verify a token's signature and expiry; None if it is invalid."""
    try:
        payload = jwt.decode(
            token, secret, algorithms=[ALGORITHM], options={"require": ["sub", "exp"], "verify_aud": False}
        )
    except jwt.InvalidTokenError:
        return None
    user = payload["sub"]
    if not USER_NAME.fullmatch(user):
        return None
    claims = {name: value for name, value in payload.items() if name not in REGISTERED_CLAIMS}
    return AccessToken(f"{USER_PREFIX}{user}", float(payload["exp"]), claims)
