from datetime import UTC, datetime, timedelta

import jwt
import pytest
from starlette.requests import HTTPConnection

from transport.auth.authentication import Authenticator
from transport.auth.jwt import ALGORITHM, issue_token, verify_token
from transport.protocol.errors import RequestRefused

KEY = "a key of at least thirty-two bytes, for nobody"
NOW = datetime.now(UTC)
HOUR = timedelta(hours=1)


def coming(token: str) -> HTTPConnection:
    headers = [(b"host", b"127.0.0.1"), (b"authorization", f"Bearer {token}".encode())]
    return HTTPConnection({"type": "websocket", "path": "/threads", "headers": headers, "query_string": b""})


def test_a_pass_says_who_until_when_and_what_else() -> None:
    shown = verify_token(KEY, issue_token(KEY, "ann", NOW, HOUR, {"region": "EU"}))
    assert shown is not None
    assert (shown.user, shown.claims) == ("user:ann", {"region": "EU"})
    assert shown.expires_at == int((NOW + HOUR).timestamp())


@pytest.mark.parametrize(
    "token",
    [
        issue_token(KEY, "ann", NOW, -HOUR, {}),
        issue_token(KEY + "!", "ann", NOW, HOUR, {}),
        issue_token(KEY, "ann", NOW, HOUR, {})[:-2],
        jwt.encode({"sub": "ann"}, KEY, ALGORITHM),
        jwt.encode({"exp": 2**33}, KEY, ALGORITHM),
        jwt.encode({"sub": "an n", "exp": 2**33}, KEY, ALGORITHM),
        jwt.encode({"sub": "ann", "exp": 2**33}, "", algorithm="none"),
        jwt.encode({"sub": "ann", "exp": 2**33}, KEY * 2, "HS512"),
        "",
        "a.b.c",
    ],
)
def test_what_is_no_pass_of_ours_says_nothing(token: str) -> None:
    assert verify_token(KEY, token) is None


def test_a_name_must_be_one() -> None:
    with pytest.raises(ValueError, match="64 letters"):
        issue_token(KEY, "ann bob", NOW, HOUR, {})


def test_a_pass_opens_the_gate_and_a_token_beside_it_still_does() -> None:
    gate = Authenticator(token="open-sesame", jwt_secret=KEY)
    assert gate.authenticate(coming(issue_token(KEY, "ann", NOW, HOUR, {}))).user == "user:ann"
    assert gate.authenticate(coming("open-sesame")).user == "local"
    with pytest.raises(RequestRefused):
        gate.authenticate(coming(issue_token(KEY, "ann", NOW, -HOUR, {})))


def test_where_there_are_passes_nobody_comes_in_without() -> None:
    with pytest.raises(RequestRefused, match="Authentication required"):
        Authenticator(jwt_secret=KEY).authenticate(coming(""))
