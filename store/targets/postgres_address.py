"""What PostgreSQL's driver is given of an address, and nothing of the environment."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from store.targets.address import Address
from store.targets.hosts import Hosts
from store.targets.pem import pem_files

# A target that is down must be known to be down quickly.
CONNECT_SECONDS = 5
# There is no such file: libpq must not look for one of its own accord.
NOWHERE = "/nonexistent"
_FILES = {"ca": "sslrootcert", "cert": "sslcert", "key": "sslkey"}


@contextmanager
def parameters(address: Address, hosts: Hosts) -> Iterator[dict[str, Any]]:
    """Give the driver's parameters, with files for certificates that are gone afterwards.

    They leave no room for libpq to look into files and variables. Raises as `Hosts.pin`.
    """
    given: dict[str, Any] = {
        "host": address.host,
        "port": address.port,
        "user": address.user,
        "password": address.password,
        "dbname": address.database,
        "sslmode": address.tls.mode,
        "sslrootcert": NOWHERE,
        "sslcert": NOWHERE,
        "sslkey": NOWHERE,
        "passfile": NOWHERE,
        "options": "",
        "connect_timeout": CONNECT_SECONDS,
        "application_name": "querent",
        "client_encoding": "utf8",
        "gssencmode": "disable",
    }
    if address.checked:
        # The name is still what the certificate is held against.
        given["hostaddr"] = hosts.pin(address.host, address.port)
    if address.tls.mode.startswith("verify") and address.tls.ca is None:
        given["sslrootcert"] = "system"
    with pem_files(address.tls) as files:
        yield given | {_FILES[name]: path for name, path in files.items()}
