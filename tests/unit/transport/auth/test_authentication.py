from typing import Any

import pytest
from pydantic import SecretStr
from starlette.requests import HTTPConnection

from store.access.roles import Principal
from transport.auth.authentication import (
    LOCAL_USER,
    Authenticator,
    is_loopback,
    negotiate_subprotocol,
    principal_of,
)
from transport.auth.jwt import AccessToken
from transport.protocol.errors import RequestRefused
from transport.settings import ServerSettings


def coming(path: str = "/databases", method: str = "GET", **headers: str) -> HTTPConnection:
    named = {"host": "127.0.0.1:8000", **{name.replace("_", "-"): value for name, value in headers.items()}}
    scope: dict[str, Any] = {
        "type": "http",
        "method": method,
        "path": path,
        "query_string": b"token=open-sesame",
        "headers": [(name.encode(), value.encode("latin-1")) for name, value in named.items()],
    }
    return HTTPConnection(scope)


def is_let_in(admission: Authenticator, connection: HTTPConnection) -> bool:
    try:
        admission.authenticate(connection)
    except RequestRefused:
        return False
    return True


LOCKED = Authenticator("open-sesame", frozenset({"https://desk.example"}))


@pytest.mark.parametrize(
    ("headers", "let_in"),
    [
        ({}, False),
        ({"authorization": "Bearer open-sesame"}, True),
        ({"authorization": "bearer open-sesame"}, True),
        ({"authorization": "Bearer open-sesame2"}, False),
        ({"authorization": "Bearer "}, False),
        ({"authorization": "Basic open-sesame"}, False),
        ({"authorization": "Bearer öffne"}, False),
        ({"cookie": "querent_token=open-sesame"}, True),
        ({"cookie": "other=open-sesame"}, False),
        ({"sec_websocket_protocol": "querent, bearer.open-sesame"}, False),
    ],
)
def test_only_the_token_in_its_place_opens(headers: dict[str, str], let_in: bool) -> None:
    assert is_let_in(LOCKED, coming(**headers)) is let_in


def test_reading_by_a_page_of_another_host_is_left_to_the_browser() -> None:
    headers = {"authorization": "Bearer open-sesame", "origin": "https://evil.example"}
    assert is_let_in(LOCKED, coming(method="GET", **headers))
    assert not is_let_in(LOCKED, coming(method="POST", **headers))


def test_behind_a_proxy_the_page_s_own_name_can_be_allowed() -> None:
    headers = {"authorization": "Bearer open-sesame", "origin": "https://desk.example"}
    assert is_let_in(LOCKED, coming(method="POST", host="backend:8000", **headers))


@pytest.mark.parametrize("token", [None, SecretStr("")])
def test_an_empty_token_is_none(token: SecretStr | None) -> None:
    assert ServerSettings.model_validate({"token": token}).bearer_token is None


@pytest.mark.parametrize(
    ("host", "is_local"),
    [
        ("localhost", True),
        ("127.0.0.1", True),
        ("127.1.2.3", True),
        ("::1", True),
        ("0.0.0.0", False),
        ("::", False),
        ("", False),
        ("192.168.0.7", False),
        ("localhost.evil.example", False),
    ],
)
def test_this_machine_s_names_are_told_from_others(host: str, is_local: bool) -> None:
    assert is_loopback(host) is is_local


def test_a_token_is_never_chosen_as_the_subprotocol() -> None:
    assert negotiate_subprotocol(["bearer.open-sesame", "querent"]) == "querent"
    assert negotiate_subprotocol(["bearer.open-sesame"]) is None


def test_a_pass_says_in_which_role_somebody_asks() -> None:
    connection = coming()
    connection.scope["access_token"] = AccessToken("user:ann", 0.0, {"role": "seller", "region": "EU"})
    assert principal_of(connection) == Principal("seller", {"region": "EU", "user": "ann"})


def test_without_a_pass_the_settings_say_it() -> None:
    connection = coming()
    connection.scope["access_token"] = AccessToken(LOCAL_USER)
    assert principal_of(connection) is None
