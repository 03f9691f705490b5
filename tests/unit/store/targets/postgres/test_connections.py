import stat
from pathlib import Path

import psycopg
import pytest
from psycopg import OperationalError, errors

from store.errors import QueryFailed, TargetUnavailable
from store.targets.address import TargetAddress
from store.targets.connect_errors import ConnectFailure
from store.targets.host_allowlist import HostAllowlist
from store.targets.postgres.connections import connect_parameters, describe_connect_error, translate_error
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


def test_a_state_of_class_42_is_a_fault_of_syntax_when_nothing_better_is_known() -> None:
    failure = translate_error(errors.GroupingError("x"), "SELECT 1")
    assert isinstance(failure, QueryFailed)
    assert failure.kind == "syntax"


def test_a_server_that_goes_away_is_unavailable() -> None:
    assert isinstance(translate_error(errors.AdminShutdown("x"), "SELECT 1"), TargetUnavailable)
    assert isinstance(translate_error(psycopg.OperationalError("x"), "SELECT 1"), TargetUnavailable)


def test_a_fault_of_the_driver_is_no_lost_connection() -> None:
    failure = translate_error(psycopg.ProgrammingError("x"), "SELECT 1")
    assert isinstance(failure, QueryFailed)
    assert failure.kind == "other"


def test_an_unknown_state_is_something_else() -> None:
    failure = translate_error(errors.ProgramLimitExceeded("x"), "SELECT 1")
    assert isinstance(failure, QueryFailed)
    assert failure.kind == "other"


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        (
            'FATAL: no pg_hba.conf entry for host "::1", user "ann", no encryption',
            ConnectFailure.TLS_REQUIRED,
        ),
        ('FATAL: no pg_hba.conf entry for host "::1", SSL encryption', ConnectFailure.NOT_PERMITTED),
        ("server does not support SSL, but SSL was required", ConnectFailure.TLS_UNSUPPORTED),
        ("SSL error: certificate verify failed", ConnectFailure.UNTRUSTED_CERTIFICATE),
        ("SSL error: wrong version number", ConnectFailure.TLS_FAILED),
        ('FATAL: role "ann" does not exist', ConnectFailure.REJECTED_CREDENTIALS),
        ('FATAL: database "shop" does not exist', ConnectFailure.UNKNOWN_DATABASE),
        ("fe_sendauth: no password supplied", ConnectFailure.REJECTED_CREDENTIALS),
        ("connection refused", ConnectFailure.LOST),
    ],
)
def test_a_failed_connection_is_described_by_its_cause(message: str, reason: ConnectFailure) -> None:
    assert describe_connect_error(OperationalError(message)) is reason
