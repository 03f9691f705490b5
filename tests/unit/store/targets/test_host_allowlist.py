import pytest

from store.errors import TargetUnavailable
from store.targets.host_allowlist import HostAllowlist

OUTSIDE = "93.184.216.34"


def reaching(*addresses: str, allowed: str = "", blocked: tuple[tuple[str, int], ...] = ()) -> HostAllowlist:
    return HostAllowlist(allowed, blocked, resolve_host=lambda host, port: addresses)


def test_a_host_outside_is_entered_where_it_was_found() -> None:
    assert reaching(OUTSIDE, "93.184.216.35").resolve("db.example", 5432) == OUTSIDE


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.8.8.8",
        "0.0.0.0",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "100.64.0.1",
        "169.254.169.254",
        "224.0.0.1",
        "::1",
        "::",
        "fe80::1%eth0",
        "fd00:ec2::254",
        "::ffff:127.0.0.1",
        "64:ff9b::a9fe:a9fe",
        "2002:7f00:1::",
    ],
)
def test_private_and_metadata_addresses_are_refused(address: str) -> None:
    with pytest.raises(TargetUnavailable, match="not allowed"):
        reaching(address).resolve("db.example", 5432)
    with pytest.raises(TargetUnavailable):
        reaching(OUTSIDE, address).resolve("db.example", 5432)


@pytest.mark.parametrize("allowed", ["10.0.0.0/8", "10.1.2.3", "DB.internal", "fd00::/8 10.1.0.0/16"])
def test_the_operator_can_allow_them(allowed: str) -> None:
    assert reaching("10.1.2.3", allowed=allowed).resolve("db.internal", 5432) == "10.1.2.3"
    with pytest.raises(TargetUnavailable):
        reaching("127.0.0.1", allowed="10.0.0.0/8").resolve("db.internal", 5432)


def test_our_own_store_is_nobodys_target() -> None:
    store = reaching(OUTSIDE, blocked=(("store.example", 5432),), allowed="0.0.0.0/0")
    with pytest.raises(TargetUnavailable):
        store.resolve("db.example", 5432)
    assert store.resolve("db.example", 5433) == OUTSIDE


@pytest.mark.parametrize("host", ["", "/var/run/postgresql", "\\\\server\\pipe"])
def test_what_is_no_host_is_refused(host: str) -> None:
    with pytest.raises(TargetUnavailable):
        reaching(OUTSIDE).resolve(host, 5432)


def test_a_name_nobody_knows_is_told() -> None:
    def unknown(host: str, port: int) -> list[str]:
        raise OSError

    with pytest.raises(TargetUnavailable, match="cannot be resolved"):
        HostAllowlist(resolve_host=unknown).resolve("nowhere.example", 5432)
