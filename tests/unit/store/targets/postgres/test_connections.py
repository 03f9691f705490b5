import stat
from pathlib import Path

import pytest

from store.errors import TargetUnavailable
from store.targets.address import TargetAddress
from store.targets.host_allowlist import HostAllowlist
from store.targets.postgres.connections import connect_parameters
from store.targets.tls import Tls

PEM = "-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----\n"
ADDRESS = TargetAddress("postgres", host="db.example", port=5433, user="ann", database="d")


def test_files_and_services_of_ours_are_not_looked_into() -> None:
    with connect_parameters(ADDRESS, HostAllowlist()) as parameters:
        paths = {parameters[name] for name in ("passfile", "sslrootcert", "sslcert", "sslkey")}
    assert paths == {"/nonexistent"}


def test_certificates_are_files_nobody_else_reads_and_are_gone_afterwards() -> None:
    tls = Tls("verify-full", ca=PEM, cert=PEM, key=PEM)
    with connect_parameters(
        TargetAddress("postgres", host="h", port=1, tls=tls), HostAllowlist()
    ) as parameters:
        files = [Path(parameters[name]) for name in ("sslrootcert", "sslcert", "sslkey")]
        assert [file.read_text() for file in files] == [PEM, PEM, PEM]
        assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    assert not any(file.exists() for file in files)


def test_without_a_certificate_authority_those_of_the_system_are_trusted() -> None:
    with connect_parameters(
        TargetAddress("postgres", host="h", port=1, tls=Tls("verify-full")), HostAllowlist()
    ) as parameters:
        assert (parameters["sslrootcert"], parameters["sslmode"]) == ("system", "verify-full")


def test_a_checked_host_is_entered_at_the_address_that_was_looked_at() -> None:
    restricted = TargetAddress(
        "postgres", host="db.example", port=5433, user="ann", database="d", restricted=True
    )
    outside = HostAllowlist(resolve_host=lambda host, port: ["93.184.216.34"])
    with connect_parameters(restricted, outside) as parameters:
        assert (parameters["host"], parameters["hostaddr"]) == ("db.example", "93.184.216.34")
    inside = HostAllowlist(resolve_host=lambda host, port: ["10.0.0.7"])
    with pytest.raises(TargetUnavailable), connect_parameters(restricted, inside):
        pass
    with connect_parameters(ADDRESS, inside) as parameters:
        assert "hostaddr" not in parameters
