from pathlib import Path

import pytest

from store.errors import InvalidConnection
from store.targets.address import (
    TargetAddress,
    deserialize_address,
    parse_address,
    public_parts,
    serialize_address,
)
from store.targets.tls import Tls

PEM = "-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----\n"


def test_an_address_is_taken_apart() -> None:
    address = parse_address("postgresql://ann:p%40ss@db.example:5433/my%20shop?sslmode=require&role=reader")
    assert (address.host, address.port, address.user) == ("db.example", 5433, "ann")
    assert (address.password, address.database, address.role) == ("p@ss", "my shop", "reader")
    assert address.tls.mode == "require"


@pytest.mark.parametrize(("url", "port"), [("postgres://a@h/d", 5432), ("mysql+pymysql://a@h/d", 3306)])
def test_each_engine_has_its_port(url: str, port: int) -> None:
    assert parse_address(url).port == port


def test_a_socket_folder_may_stand_in_the_query() -> None:
    address = parse_address("postgresql://postgres@/querent?host=/tmp/sockets&port=5433")
    assert (address.host, address.port) == ("/tmp/sockets", 5433)


def test_a_file_is_found_from_every_folder() -> None:
    assert parse_address("sqlite:///shop.db").path == str(Path("shop.db").absolute())
    assert parse_address("duckdb:////data/my%20shop.duckdb").path == "/data/my shop.duckdb"


def test_secrets_are_never_shown() -> None:
    address = parse_address("postgresql://ann:hush@h/d")
    assert "hush" not in repr(address)
    assert "hush" not in str(public_parts(address))
    assert public_parts(address)["user"] == "ann"


def test_certificates_are_kept_with_the_address(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text(PEM)
    address = parse_address(f"mysql://ann@h/d?sslrootcert={tmp_path}/ca.pem")
    (tmp_path / "ca.pem").unlink()
    assert address.tls == Tls("verify-full", ca=PEM)
    assert parse_address(serialize_address(address)) == address


def test_what_is_written_down_comes_back() -> None:
    address = TargetAddress("mysql", "h", 3306, "ann", "hush", "d", tls=Tls("require"), restricted=True)
    assert deserialize_address(serialize_address(address)) == address
    with pytest.raises(InvalidConnection) as raised:
        deserialize_address('{"dialect": "mysql", "password": ["hush"]}')
    assert "hush" not in str(raised.value)


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://ann@good.example/d?host=127.0.0.1",
        "postgresql://ann@good.example/d?host=/tmp",
        "postgresql://ann@/d?host=127.0.0.1",
        "postgresql://ann@h/d?hostaddr=127.0.0.1",
        "postgresql://ann@h/d?service=x",
        "postgresql://ann@h/d?passfile=/etc/x",
        "postgresql://ann@h/d?sslkey=/etc/hostname",
        "postgresql://ann@h/d?sslrootcert=/nonexistent",
        "postgresql://ann@h/d?options=-c%20x=y",
        "postgresql://ann@h/d?sslmode=other",
        "postgresql://ann@a,b/d",
        "postgresql://ann@h:port/d",
        "postgresql://ann@/d?host=/tmp&port=x",
        "postgresql://ann@h/",
        "postgresql:///d",
        "mysql://ann@h/d?read_default_file=/etc/my.cnf",
        "mysql://ann@h/d?init_command=x",
        "mysql://ann@h/d?role=x",
    ],
)
def test_doors_in_the_address_are_shut(url: str) -> None:
    with pytest.raises(InvalidConnection):
        parse_address(url)
