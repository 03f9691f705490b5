"""TLS settings of a connection, with certificates and keys as PEM text for drivers that expect files."""

import os
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

from store.errors import InvalidConnection

# libpq's sslmode values, used for every engine. Only verify-ca and verify-full always verify the certificate.
TlsMode = Literal["disable", "allow", "prefer", "require", "verify-ca", "verify-full"]


@dataclass(frozen=True, slots=True)
class Tls:
    """TLS settings: the mode, the CA certificate, and the client's certificate and key, as PEM text."""

    mode: TlsMode = "prefer"
    ca: str | None = field(default=None, repr=False)
    cert: str | None = field(default=None, repr=False)
    key: str | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        """Raise `InvalidConnection` for a certificate without its key, or a key without its certificate."""
        if (self.cert is None) != (self.key is None):
            raise InvalidConnection("A client certificate and its key must be given together.")


def read_pem(path: str | None) -> str | None:
    """Read a certificate or key file, to store its text with the connection. Raises `InvalidConnection`."""
    if path is None:
        return None
    try:
        text = Path(path).read_text("ascii")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidConnection(f"The file {Path(path).name} cannot be read.") from error
    if "-----BEGIN " not in text:
        raise InvalidConnection(f"The file {Path(path).name} contains no certificate or key in PEM format.")
    return text


@contextmanager
def pem_files(tls: Tls) -> Iterator[dict[str, str]]:
    """Write `ca`, `cert` and `key` to private temporary files, removed afterwards; paths by these names."""
    contents = {"ca": tls.ca, "cert": tls.cert, "key": tls.key}
    texts = {name: text for name, text in contents.items() if text is not None}
    if not texts:
        # The common case: no need to create and remove a folder.
        yield {}
        return
    with TemporaryDirectory(prefix="querent-tls-") as folder:
        paths = {}
        for name, text in texts.items():
            path = Path(folder, f"{name}.pem")
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600), "w") as file:
                file.write(text)
            paths[name] = str(path)
        yield paths


def tls_context(tls: Tls) -> ssl.SSLContext:
    """Build the SSL context that verifies certificates as the mode requires. Raises `InvalidConnection`."""
    try:
        context = ssl.create_default_context(cadata=tls.ca)
        # Self-signed server certificates do not meet the strict rules of newer Python versions.
        context.verify_flags &= ~ssl.VERIFY_X509_STRICT
        context.check_hostname = tls.mode == "verify-full"
        if tls.mode not in ("verify-ca", "verify-full"):
            context.verify_mode = ssl.CERT_NONE
        if tls.cert is not None:
            with pem_files(tls) as files:
                context.load_cert_chain(files["cert"], files["key"])
    except (ssl.SSLError, ValueError) as error:
        raise InvalidConnection("The certificate or the key of the connection is invalid.") from error
    return context
