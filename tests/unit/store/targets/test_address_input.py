from pathlib import Path

import pytest
from pydantic import ValidationError

from store.errors import InvalidConnection
from store.targets.address_input import AddressInput, parse_address_parts

SERVER = {"engine": "mysql", "host": "db.example", "user": "ann", "database": "shop"}
PEM = "-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----\n"


def test_parts_make_an_address_that_is_checked_for_strangers() -> None:
    input_ = AddressInput.model_validate({**SERVER, "password": "hush"})
    address = input_.to_address(restricted=True)
    assert (address.dialect, address.port, address.restricted) == ("mysql", 3306, True)
    assert (address.password, address.tls.mode) == ("hush", "verify-full")
    assert "hush" not in repr(input_)


@pytest.mark.parametrize(
    "more",
    [
        {"engine": "sqlite"},
        {"engine": "duckdb"},
        {"engine": "sqlalchemy"},
        {"host": "/tmp"},
        {"host": "a,b"},
        {"host": "h?sslmode=disable"},
        {"host": "ann@h"},
        {"host": "h%2f"},
        {"port": 0},
        {"user": "a\x00b"},
        {"database": ""},
        {"options": "-c x=y"},
        {"init_command": "x"},
        {"tls": {"mode": "verify-full", "ca": "/etc/passwd"}},
        {"tls": {"file": "/etc/passwd"}},
    ],
)
def test_strangers_have_no_doors(more: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        AddressInput.model_validate({**SERVER, **more})


def test_the_operator_gives_files_by_their_names(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text(PEM)
    address = parse_address_parts({**SERVER, "port": "3307", "ca": str(tmp_path / "ca.pem")})
    assert (address.port, address.tls.mode, address.tls.ca, address.restricted) == (
        3307,
        "verify-full",
        PEM,
        False,
    )
    assert parse_address_parts(SERVER).tls.mode == "prefer"
    assert parse_address_parts({"engine": "duckdb", "file": "/data/x.duckdb"}).path == "/data/x.duckdb"


@pytest.mark.parametrize(
    "parts",
    [
        {},
        {"engine": "sqlite"},
        {"engine": "sqlite", "file": "x", "host": "h"},
        {**SERVER, "port": "hush"},
        {**SERVER, "tls": "hush"},
        {**SERVER, "role": "x"},
        {**SERVER, "cert": "/etc/hostname"},
        {**SERVER, "surplus": "hush"},
    ],
)
def test_parts_that_do_not_fit_are_told_without_their_values(parts: dict[str, str]) -> None:
    with pytest.raises(InvalidConnection) as raised:
        parse_address_parts(parts)
    assert "hush" not in str(raised.value)
