import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from store.errors import InvalidConnection
from store.targets.tls import Tls, pem_files, tls_context


@pytest.fixture(scope="module")
def pair() -> tuple[str, str]:
    """A certificate that signs itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "db.example")])
    today = datetime.now(UTC)
    unsigned = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    signed = (
        unsigned.not_valid_before(today).not_valid_after(today + timedelta(days=1)).sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return signed.public_bytes(serialization.Encoding.PEM).decode(), private.decode()


def test_the_mode_says_what_is_looked_at(pair: tuple[str, str]) -> None:
    cert, key = pair
    full = tls_context(Tls("verify-full", ca=cert, cert=cert, key=key))
    assert (full.check_hostname, full.verify_mode) == (True, ssl.CERT_REQUIRED)
    assert full.cert_store_stats()["x509"] == 1
    authority = tls_context(Tls("verify-ca", ca=cert))
    assert (authority.check_hostname, authority.verify_mode) == (False, ssl.CERT_REQUIRED)
    sealed = tls_context(Tls("require"))
    assert (sealed.check_hostname, sealed.verify_mode) == (False, ssl.CERT_NONE)


def test_what_is_no_certificate_is_told_without_being_shown() -> None:
    with pytest.raises(InvalidConnection) as raised:
        tls_context(Tls("verify-full", ca="-----BEGIN CERTIFICATE-----\nhush\n-----END CERTIFICATE-----\n"))
    assert "hush" not in str(raised.value)


def test_files_are_there_only_as_long_as_they_are_needed() -> None:
    with pem_files(Tls("verify-full", ca="x")) as files:
        assert Path(files["ca"]).read_text() == "x"
        assert set(files) == {"ca"}
    assert not Path(files["ca"]).exists()
    with pytest.raises(InvalidConnection):
        Tls(cert="x")
