import pytest

from store.errors import BadConnection
from store.targets.postgres_address import read_address


def test_an_address_is_taken_apart() -> None:
    address = read_address("postgresql://ann:p%40ss@db.example:5433/my%20shop?sslmode=require")
    assert (address.host, address.port, address.user) == ("db.example", 5433, "ann")
    assert (address.password, address.database, address.ssl_mode) == ("p@ss", "my shop", "require")


def test_a_socket_folder_may_stand_in_the_query() -> None:
    address = read_address("postgresql://postgres@/querent?host=/tmp/sockets&port=5433")
    assert (address.host, address.port) == ("/tmp/sockets", 5433)


def test_the_password_is_never_shown() -> None:
    assert "hush" not in repr(read_address("postgresql://ann:hush@h/d"))


def test_files_and_services_of_ours_are_not_looked_into() -> None:
    assert read_address("postgresql://ann@h/d").parameters()["passfile"] == "/nonexistent"


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://ann@good.example/d?host=127.0.0.1",
        "postgresql://ann@good.example/d?host=/tmp",
        "postgresql://ann@/d?host=127.0.0.1",
        "postgresql://ann@h/d?hostaddr=127.0.0.1",
        "postgresql://ann@h/d?service=x",
        "postgresql://ann@h/d?passfile=/etc/x",
        "postgresql://ann@h/d?sslkey=/etc/x",
        "postgresql://ann@h/d?sslrootcert=/etc/x",
        "postgresql://ann@h/d?options=-c%20x=y",
        "postgresql://ann@h/d?sslmode=other",
        "postgresql://ann@a,b/d",
        "postgresql://ann@h:port/d",
        "postgresql://ann@/d?host=/tmp&port=x",
        "postgresql://ann@h/",
        "postgresql:///d",
    ],
)
def test_doors_in_the_address_are_shut(url: str) -> None:
    with pytest.raises(BadConnection):
        read_address(url)
