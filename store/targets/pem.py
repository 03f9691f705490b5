"""Certificates and keys that are kept as texts, for drivers that want files."""

import os
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from store.errors import BadConnection
from store.targets.address import Tls


@contextmanager
def pem_files(tls: Tls) -> Iterator[dict[str, str]]:
    """Write what there is of `ca`, `cert` and `key` where nobody else can read it, and take it away again."""
    named = {"ca": tls.ca, "cert": tls.cert, "key": tls.key}
    texts = {name: text for name, text in named.items() if text is not None}
    if not texts:
        # Most have none, and an event loop need not wait for a folder to come and go.
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
    """Make what seals a connection, and looks at certificates as the mode says. Raises `BadConnection`."""
    try:
        context = ssl.create_default_context(cadata=tls.ca)
        # Certificates that servers make for themselves do not pass the strict rules of newer Pythons.
        context.verify_flags &= ~ssl.VERIFY_X509_STRICT
        context.check_hostname = tls.mode == "verify-full"
        if tls.mode not in ("verify-ca", "verify-full"):
            context.verify_mode = ssl.CERT_NONE
        if tls.cert is not None:
            with pem_files(tls) as files:
                context.load_cert_chain(files["cert"], files["key"])
    except (ssl.SSLError, ValueError) as error:
        raise BadConnection("The certificate or the key of the connection cannot be read.") from error
    return context
