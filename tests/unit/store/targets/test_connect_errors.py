"""Servers that accept a connection and never become a database session: one sentence, and soon."""

import socket
import struct
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager, suppress
from random import Random

import pytest

from store.errors import TargetUnavailable
from store.targets.address import TargetAddress
from store.targets.mysql.target import MysqlTarget
from store.targets.postgres.target import PostgresTarget
from store.targets.sqlalchemy.target import SqlalchemyTarget
from store.targets.target import Target
from store.targets.tls import Tls, TlsMode

CONNECT_SECONDS = 0.3
Behaviour = Callable[[socket.socket], None]


def mysql_packet(payload: bytes, number: int = 0) -> bytes:
    return struct.pack("<I", len(payload))[:3] + bytes([number]) + payload


def mysql_greeting(capabilities: int) -> bytes:
    """Protocol::HandshakeV10 of a server with these capabilities."""
    low, high = capabilities & 0xFFFF, capabilities >> 16
    fixed = struct.pack("<I", 7) + b"saltsalt\0" + struct.pack("<HBHHB", low, 45, 2, high, 21)
    return mysql_packet(b"\x0a8.0.36\0" + fixed + b"\0" * 10 + b"saltsaltsalt\0mysql_native_password\0")


PROTOCOL_41_WITH_AUTH = 0x0008_A200
SSL = 0x0800


def stay_silent(client: socket.socket) -> None:
    """Read, and never write."""
    while client.recv(4096):
        pass


def speak_http(client: socket.socket) -> None:
    client.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
    stay_silent(client)


def speak_ssh(client: socket.socket) -> None:
    client.sendall(b"SSH-2.0-OpenSSH_9.6\r\n")
    stay_silent(client)


def greet_as_mysql(client: socket.socket) -> None:
    client.sendall(mysql_greeting(PROTOCOL_41_WITH_AUTH))
    stay_silent(client)


def greet_as_mysql_with_tls(client: socket.socket) -> None:
    """Offer TLS, and say nothing in the handshake."""
    client.sendall(mysql_greeting(PROTOCOL_41_WITH_AUTH | SSL))
    stay_silent(client)


def require_tls_as_mysql(client: socket.socket) -> None:
    client.sendall(mysql_greeting(PROTOCOL_41_WITH_AUTH))
    client.recv(4096)
    reason = b"Connections using insecure transport are prohibited"
    client.sendall(mysql_packet(b"\xff" + struct.pack("<H", 3159) + b"#HY000" + reason, 2))
    stay_silent(client)


def let_in_as_mysql(client: socket.socket) -> None:
    """Accept the user, and never answer a query."""
    client.sendall(mysql_greeting(PROTOCOL_41_WITH_AUTH))
    client.recv(4096)
    client.sendall(mysql_packet(b"\0\0\0\2\0\0\0", 2))
    stay_silent(client)


def speak_tls_only(client: socket.socket) -> None:
    """Answer anything but a ClientHello with an alert, as a server behind a TLS proxy does."""
    client.recv(4096)
    client.sendall(b"\x15\x03\x03\x00\x02\x02\x46")
    stay_silent(client)


def refuse_tls_as_postgres(client: socket.socket) -> None:
    client.recv(8)
    client.sendall(b"N")
    stay_silent(client)


def let_in_as_postgres(client: socket.socket) -> None:
    """Let the user in, and never answer a query."""
    if client.recv(4096)[4:8] == struct.pack("!I", 80877103):
        client.sendall(b"N")
        client.recv(4096)
    client.sendall(b"R" + struct.pack("!II", 8, 0) + b"Z" + struct.pack("!I", 5) + b"I")
    stay_silent(client)


def hang_up(client: socket.socket) -> None:
    client.recv(1)


def drip(client: socket.socket) -> None:
    """Send a greeting that is never complete, a byte at a time."""
    for byte in mysql_packet(b"\x0a" + b"8" * 200):
        client.sendall(bytes([byte]))
        if client_left(client):
            return


def client_left(client: socket.socket) -> bool:
    client.settimeout(0.1)
    with suppress(TimeoutError):
        return not client.recv(1)
    return False


@contextmanager
def serving(behaviour: Behaviour) -> Iterator[int]:
    """Listen on a port of this machine, and treat every client in this way."""

    def serve(client: socket.socket) -> None:
        with client, suppress(OSError):
            behaviour(client)

    def accept() -> None:
        with suppress(OSError):
            while True:
                client, _ = listener.accept()
                threading.Thread(target=serve, args=(client,), daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=accept, daemon=True).start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)


def postgres(port: int, mode: TlsMode = "prefer") -> Target:
    address = TargetAddress("postgres", "127.0.0.1", port, "ann", "hush", "shop", tls=Tls(mode))
    return PostgresTarget(address, connect_seconds=CONNECT_SECONDS)


def mysql(port: int, mode: TlsMode = "prefer") -> Target:
    address = TargetAddress("mysql", "127.0.0.1", port, "ann", "hush", "shop", tls=Tls(mode))
    return MysqlTarget(address, connect_seconds=CONNECT_SECONDS)


async def reason_of(target: Target) -> str:
    """Why there is no catalog, in a sentence that takes its time from the connect deadline."""
    started = time.monotonic()
    try:
        with pytest.raises(TargetUnavailable) as failure:
            await target.catalog()
    finally:
        await target.close()
    assert time.monotonic() - started < 1
    reason = str(failure.value)
    assert reason.endswith(".")
    assert "hush" not in reason
    return reason


@pytest.fixture(autouse=True)
async def threads() -> AsyncIterator[None]:
    """No thread of a target may wait for its server for good: the process could not end."""
    yield
    for thread in threading.enumerate():
        if thread.name.startswith("mysql"):
            thread.join(1)
            assert not thread.is_alive()


SILENT = "does not respond"
OTHER_PROTOCOL = "does not use the protocol"


@pytest.mark.parametrize(
    ("behaviour", "reason"),
    [
        (stay_silent, SILENT),
        (let_in_as_postgres, "does not respond"),
        (speak_http, OTHER_PROTOCOL),
        (greet_as_mysql, OTHER_PROTOCOL),
        (speak_tls_only, OTHER_PROTOCOL),
        (hang_up, "closed the connection"),
    ],
)
@pytest.mark.parametrize("mode", ["disable", "prefer", "require"])
async def test_a_server_that_is_no_postgres(behaviour: Behaviour, reason: str, mode: TlsMode) -> None:
    with serving(behaviour) as port:
        sentence = await reason_of(postgres(port, mode))
    assert reason in sentence or (mode == "require" and "does not support TLS" in sentence)


@pytest.mark.parametrize(("mode", "reason"), [("disable", OTHER_PROTOCOL), ("prefer", SILENT)])
async def test_a_banner_that_begins_like_a_consent_to_tls(mode: TlsMode, reason: str) -> None:
    with serving(speak_ssh) as port:
        assert reason in await reason_of(postgres(port, mode))


async def test_a_postgres_without_tls() -> None:
    with serving(refuse_tls_as_postgres) as port:
        assert "does not support TLS" in await reason_of(postgres(port, "require"))


@pytest.mark.parametrize(
    ("behaviour", "reason"),
    [
        (stay_silent, SILENT),
        (greet_as_mysql, SILENT),
        (let_in_as_mysql, SILENT),
        (drip, SILENT),
        (speak_http, OTHER_PROTOCOL),
        (speak_ssh, OTHER_PROTOCOL),
        (speak_tls_only, SILENT),
        (hang_up, SILENT),
        (require_tls_as_mysql, "requires TLS"),
    ],
)
@pytest.mark.parametrize("mode", ["disable", "prefer"])
async def test_a_server_that_is_no_mysql(behaviour: Behaviour, reason: str, mode: TlsMode) -> None:
    with serving(behaviour) as port:
        assert reason in await reason_of(mysql(port, mode))


async def test_a_mysql_that_says_nothing_in_the_tls_handshake() -> None:
    with serving(greet_as_mysql_with_tls) as port:
        assert SILENT in await reason_of(mysql(port, "require"))


async def test_a_mysql_without_tls() -> None:
    with serving(greet_as_mysql) as port:
        assert "does not support TLS" in await reason_of(mysql(port, "require"))


@pytest.mark.parametrize("seed", range(24))
async def test_any_greeting_that_is_no_greeting(seed: int) -> None:
    random = Random(seed)
    greeting = bytearray(mysql_greeting(PROTOCOL_41_WITH_AUTH))
    for _ in range(random.randrange(1, 30)):
        greeting[random.randrange(4, len(greeting))] = random.randrange(256)
    packet = bytes(greeting) if seed % 2 else mysql_packet(random.randbytes(random.randrange(80)))

    def greet(client: socket.socket) -> None:
        client.sendall(packet)
        client.shutdown(socket.SHUT_WR)

    with serving(greet) as port:
        await reason_of(mysql(port))


@pytest.mark.parametrize("behaviour", [stay_silent, speak_http, hang_up])
@pytest.mark.parametrize("engine", ["mysql+pymysql", "postgresql+psycopg"])
async def test_a_server_that_is_none_for_sqlalchemy(engine: str, behaviour: Behaviour) -> None:
    with serving(behaviour) as port:
        url = f"{engine}://ann:hush@127.0.0.1:{port}/shop"
        address = TargetAddress("mysql" if "mysql" in engine else "postgres", url=url)
        target = SqlalchemyTarget(address, connect_seconds=CONNECT_SECONDS)
        with pytest.raises(TargetUnavailable) as failure:
            await target.catalog()
        await target.close()
    assert str(failure.value).endswith(".")
