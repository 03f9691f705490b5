"""Credentials, sealed: unreadable without the key, and of no use in any other place than their own."""

import base64
import binascii
import os
import secrets
import stat
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from store.errors import BadKey

KEY_FILE = "secret.key"
KEY_BYTES = 32
NONCE_BYTES = 12
TAG_BYTES = 16
WRAPPED_BYTES = NONCE_BYTES + KEY_BYTES + TAG_BYTES
# The first byte of what is sealed says how: with the master key itself, as it was done before, or with a key
# of its own that is wrapped with the master key.
DIRECT = b"\x01"
WRAPPED = b"\x02"
WRAPPING = b"key"


class Sealer:
    """Seals and opens small texts (AES-256-GCM, NIST SP 800-38D, a random nonce for each).

    Each text has a key of its own, which is wrapped with the first of the master keys; the others only
    unwrap. So a new master key needs no text to be opened.
    """

    def __init__(self, *keys: bytes, read: Callable[[], Sequence[bytes]] | None = None) -> None:
        """`read` gives the keys as they are now, where somebody may change them. Raises `BadKey`."""
        self._read = read or (lambda: keys)
        for key in self._read():
            if len(key) != KEY_BYTES:
                raise BadKey(f"The key that seals credentials must have {KEY_BYTES} bytes.")

    def seal(self, text: str, associated: bytes) -> bytes:
        """Make a text unreadable; only who names what it is associated with can open it."""
        key = secrets.token_bytes(KEY_BYTES)
        return self._wrap(key, associated) + _encrypt(key, text.encode(), WRAPPED + associated)

    def open(self, sealed: bytes, associated: bytes) -> str:
        """Give the text back. Raises `BadKey` when it was sealed otherwise, or changed since."""
        try:
            if sealed[:1] == DIRECT:
                return self._decrypt(sealed[1:], DIRECT + associated).decode()
            key = self._unwrap(sealed, associated)
            return _decrypt(key, sealed[1 + WRAPPED_BYTES :], WRAPPED + associated).decode()
        except (InvalidTag, ValueError) as error:
            raise BadKey("A stored credential was not sealed with this key, or has been changed.") from error

    def rewrap(self, sealed: bytes, associated: bytes) -> bytes:
        """Wrap the text's own key with the first master key, and leave the text as it is. Raises `BadKey`."""
        if sealed[:1] == DIRECT:
            return self.seal(self.open(sealed, associated), associated)
        try:
            key = self._unwrap(sealed, associated)
        except (InvalidTag, ValueError) as error:
            raise BadKey("A stored credential was not sealed with this key, or has been changed.") from error
        return self._wrap(key, associated) + sealed[1 + WRAPPED_BYTES :]

    def _wrap(self, key: bytes, associated: bytes) -> bytes:
        return WRAPPED + _encrypt(self._read()[0], key, WRAPPED + WRAPPING + associated)

    def _unwrap(self, sealed: bytes, associated: bytes) -> bytes:
        return self._decrypt(sealed[1 : 1 + WRAPPED_BYTES], sealed[:1] + WRAPPING + associated)

    def _decrypt(self, encrypted: bytes, associated: bytes) -> bytes:
        """Try each master key; raises `InvalidTag` when none fits."""
        for master in self._read():
            with suppress(InvalidTag):
                return _decrypt(master, encrypted, associated)
        raise InvalidTag


def _encrypt(key: bytes, plain: bytes, associated: bytes) -> bytes:
    nonce = secrets.token_bytes(NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, plain, associated)


def _decrypt(key: bytes, encrypted: bytes, associated: bytes) -> bytes:
    return AESGCM(key).decrypt(encrypted[:NONCE_BYTES], encrypted[NONCE_BYTES:], associated)


def open_sealer(data: Path, secret: str | None = None) -> Sealer:
    """Give a sealer with the keys in `secret` (32 bytes each as base64, the one in force first).

    Else with those in the data folder's key file, made if need be. Raises `BadKey`.
    """
    if secret is not None:
        return Sealer(*_decode(secret, "QUERENT_SECRET_KEY"))
    path = data / KEY_FILE
    try:
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not path.exists():
            _make_key(path)
        _keep_private(path)
    except OSError as error:
        raise BadKey(f"The key that seals credentials cannot be read or made: {path}.") from error
    # Read anew each time: a command may have changed it while a server runs.
    return Sealer(read=lambda: _read_keys(path))


def _read_keys(path: Path) -> Sequence[bytes]:
    try:
        return _decode(path.read_text(), str(path))
    except (OSError, UnicodeDecodeError) as error:
        raise BadKey(f"The key that seals credentials cannot be read or made: {path}.") from error


@contextmanager
def changed_key(data: Path) -> Iterator[None]:
    """Put a new key in force in the key file; when all is rewrapped, let go of all but the last one before.

    That one stays for a server that sealed something in between. Raises `BadKey`.
    """
    path = data / KEY_FILE
    keys = [secrets.token_bytes(KEY_BYTES), *_read_keys(path)]
    _replace_keys(path, keys)
    yield
    _replace_keys(path, keys[:2])


def _replace_keys(path: Path, keys: Sequence[bytes]) -> None:
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    _write_privately(draft, keys)
    draft.replace(path)


def _write_privately(path: Path, keys: Sequence[bytes]) -> None:
    written = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(written, "wb") as file:
        file.writelines(base64.b64encode(key) + b"\n" for key in keys)
        file.flush()
        os.fsync(file.fileno())


def _make_key(path: Path) -> None:
    """Make the key file whole or not at all; of several processes that try, one has its way."""
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    try:
        _write_privately(draft, [secrets.token_bytes(KEY_BYTES)])
        # Unlike a renaming, a link never replaces what is there.
        os.link(draft, path)
    except FileExistsError:
        return
    finally:
        draft.unlink(missing_ok=True)


def _keep_private(path: Path) -> None:
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & 0o077:
        path.chmod(mode & 0o700)


def _decode(text: str, where: str) -> Sequence[bytes]:
    """Read keys with spaces, commas or ends of lines between them."""
    # Both alphabets of base64, whichever tool it came from.
    words = text.replace("-", "+").replace("_", "/").replace(",", " ").split()
    try:
        keys = [base64.b64decode(word, validate=True) for word in words]
    except (binascii.Error, ValueError):
        keys = []
    if not keys or any(len(key) != KEY_BYTES for key in keys):
        raise BadKey(f"{where} must hold {KEY_BYTES} random bytes as base64 (openssl rand -base64 32).")
    return keys
