"""Credentials, sealed: unreadable without the key, and of no use in any other place than their own."""

import base64
import binascii
import os
import secrets
import stat
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from store.errors import BadKey

KEY_FILE = "secret.key"
KEY_BYTES = 32
NONCE_BYTES = 12
# The first byte of what is sealed says how: room for another way later.
AES_256_GCM = b"\x01"


class Sealer:
    """Seals and opens small texts with one key (AES-256-GCM, NIST SP 800-38D, a random nonce for each)."""

    def __init__(self, key: bytes) -> None:
        if len(key) != KEY_BYTES:
            raise BadKey(f"The key that seals credentials must have {KEY_BYTES} bytes.")
        self._cipher = AESGCM(key)

    def seal(self, text: str, associated: bytes) -> bytes:
        """Make a text unreadable; only who names what it is associated with can open it."""
        nonce = secrets.token_bytes(NONCE_BYTES)
        return AES_256_GCM + nonce + self._cipher.encrypt(nonce, text.encode(), AES_256_GCM + associated)

    def open(self, sealed: bytes, associated: bytes) -> str:
        """Give the text back. Raises `BadKey` when it was sealed otherwise, or changed since."""
        way, nonce, rest = sealed[:1], sealed[1 : 1 + NONCE_BYTES], sealed[1 + NONCE_BYTES :]
        try:
            return self._cipher.decrypt(nonce, rest, way + associated).decode()
        except (InvalidTag, ValueError) as error:
            raise BadKey("A stored credential was not sealed with this key, or has been changed.") from error


def open_sealer(data: Path, secret: str | None = None) -> Sealer:
    """Give a sealer with the key in `secret` (32 bytes as base64), else in the data folder, made if need be.

    Raises `BadKey`.
    """
    if secret is not None:
        return Sealer(_decode(secret, "QUERENT_SECRET_KEY"))
    path = data / KEY_FILE
    try:
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not path.exists():
            _make_key(path)
        _keep_private(path)
        return Sealer(_decode(path.read_text(), str(path)))
    except (OSError, UnicodeDecodeError) as error:
        raise BadKey(f"The key that seals credentials cannot be read or made: {path}.") from error


def _make_key(path: Path) -> None:
    """Make the key file whole or not at all; of several processes that try, one has its way."""
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    written = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(written, "wb") as file:
            file.write(base64.b64encode(secrets.token_bytes(KEY_BYTES)) + b"\n")
            file.flush()
            os.fsync(file.fileno())
        # Unlike a renaming, a link never replaces what is there.
        os.link(draft, path)
    except FileExistsError:
        return
    finally:
        draft.unlink()


def _keep_private(path: Path) -> None:
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & 0o077:
        path.chmod(mode & 0o700)


def _decode(text: str, where: str) -> bytes:
    try:
        # Both alphabets of base64, whichever tool it came from.
        key = base64.b64decode(text.strip().replace("-", "+").replace("_", "/"), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != KEY_BYTES:
        raise BadKey(f"{where} must hold {KEY_BYTES} random bytes as base64 (openssl rand -base64 32).")
    return key
