"""Envelope encryption of credentials: AES-256-GCM data keys, wrapped with a master key."""

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

from store.errors import InvalidKey

KEY_FILE = "secret.key"
KEY_BYTES = 32
NONCE_BYTES = 12
TAG_BYTES = 16
WRAPPED_KEY_BYTES = NONCE_BYTES + KEY_BYTES + TAG_BYTES
# First byte of every ciphertext, so that a later version can tell another format apart.
FORMAT = b"\x02"
KEY_PURPOSE = b"key"


class CredentialCipher:
    """Encrypts and decrypts small texts (AES-256-GCM, NIST SP 800-38D, with a random nonce for each).

    A ciphertext is the format byte, the wrapped data key, and the text encrypted with that data key. The
    first master key wraps, the others only unwrap: a new master key needs no text to be decrypted.
    """

    def __init__(self, *keys: bytes, load_keys: Callable[[], Sequence[bytes]] | None = None) -> None:
        """Use the given keys, or those that `load_keys` returns at each call. Raises `InvalidKey`."""
        self._load_keys = load_keys or (lambda: keys)
        for key in self._load_keys():
            if len(key) != KEY_BYTES:
                raise InvalidKey(f"The encryption key of the credentials must have {KEY_BYTES} bytes.")

    def encrypt(self, text: str, associated_data: bytes) -> bytes:
        """Encrypt a text; decrypting it takes the same associated data."""
        key = secrets.token_bytes(KEY_BYTES)
        return self._wrap(key, associated_data) + _encrypt(key, text.encode(), FORMAT + associated_data)

    def decrypt(self, ciphertext: bytes, associated_data: bytes) -> str:
        """Decrypt a text. Raises `InvalidKey` if key, associated data or ciphertext do not match."""
        try:
            key = self._unwrap(ciphertext, associated_data)
            return _decrypt(key, ciphertext[1 + WRAPPED_KEY_BYTES :], FORMAT + associated_data).decode()
        except (InvalidTag, ValueError) as error:
            raise _invalid_key() from error

    def rewrap(self, ciphertext: bytes, associated_data: bytes) -> bytes:
        """Wrap the data key with the first master key, leaving the text encrypted. Raises `InvalidKey`."""
        try:
            key = self._unwrap(ciphertext, associated_data)
        except (InvalidTag, ValueError) as error:
            raise _invalid_key() from error
        return self._wrap(key, associated_data) + ciphertext[1 + WRAPPED_KEY_BYTES :]

    def _wrap(self, key: bytes, associated_data: bytes) -> bytes:
        return FORMAT + _encrypt(self._load_keys()[0], key, FORMAT + KEY_PURPOSE + associated_data)

    def _unwrap(self, ciphertext: bytes, associated_data: bytes) -> bytes:
        """Unwrap the data key with the first master key that fits; raises `InvalidTag` if none does."""
        wrapped = ciphertext[1 : 1 + WRAPPED_KEY_BYTES]
        for master_key in self._load_keys():
            with suppress(InvalidTag):
                return _decrypt(master_key, wrapped, ciphertext[:1] + KEY_PURPOSE + associated_data)
        raise InvalidTag


def _invalid_key() -> InvalidKey:
    return InvalidKey("A stored credential was encrypted with another key, or has been modified.")


def _encrypt(key: bytes, plaintext: bytes, associated_data: bytes) -> bytes:
    nonce = secrets.token_bytes(NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, plaintext, associated_data)


def _decrypt(key: bytes, ciphertext: bytes, associated_data: bytes) -> bytes:
    return AESGCM(key).decrypt(ciphertext[:NONCE_BYTES], ciphertext[NONCE_BYTES:], associated_data)


def load_cipher(data: Path, secret: str | None = None) -> CredentialCipher:
    """Create a cipher with the keys in `secret` (32 bytes each in base64, the current key first).

    Without a secret, use the key file in the data folder, generating it if necessary. Raises `InvalidKey`.
    """
    if secret is not None:
        return CredentialCipher(*_decode_keys(secret, "QUERENT_SECRET_KEY"))
    path = data / KEY_FILE
    try:
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not path.exists():
            _generate_key_file(path)
        _make_private(path)
    except OSError as error:
        raise InvalidKey(f"The key file {path} cannot be read or created.") from error
    # Read at each use: `querent` may rotate the key while a server is running.
    return CredentialCipher(load_keys=lambda: _read_keys(path))


def _read_keys(path: Path) -> Sequence[bytes]:
    try:
        return _decode_keys(path.read_text(), str(path))
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidKey(f"The key file {path} cannot be read or created.") from error


@contextmanager
def rotate_key(data: Path) -> Iterator[None]:
    """Put a new key at the front of the key file; after the block, drop all but the previous one.

    The block rewraps what is stored. The previous key stays for a server that encrypted something in between.
    Raises `InvalidKey`.
    """
    path = data / KEY_FILE
    keys = [secrets.token_bytes(KEY_BYTES), *_read_keys(path)]
    _replace_keys(path, keys)
    yield
    _replace_keys(path, keys[:2])


def _replace_keys(path: Path, keys: Sequence[bytes]) -> None:
    temporary = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    _write_keys(temporary, keys)
    temporary.replace(path)


def _write_keys(path: Path, keys: Sequence[bytes]) -> None:
    """Write a new key file, readable by its owner only, and flush it to disk."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.writelines(base64.b64encode(key) + b"\n" for key in keys)
        file.flush()
        os.fsync(file.fileno())


def _generate_key_file(path: Path) -> None:
    """Create the key file atomically; of several processes that try, one succeeds."""
    temporary = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    try:
        _write_keys(temporary, [secrets.token_bytes(KEY_BYTES)])
        # Unlike a rename, a link never replaces an existing file.
        os.link(temporary, path)
    except FileExistsError:
        return
    finally:
        temporary.unlink(missing_ok=True)


def _make_private(path: Path) -> None:
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & 0o077:
        path.chmod(mode & 0o700)


def _decode_keys(text: str, source: str) -> Sequence[bytes]:
    """Decode base64 keys separated by spaces, commas or line breaks."""
    # Accept both base64 alphabets, whatever tool generated the key.
    words = text.replace("-", "+").replace("_", "/").replace(",", " ").split()
    try:
        keys = [base64.b64decode(word, validate=True) for word in words]
    except (binascii.Error, ValueError):
        keys = []
    if not keys or any(len(key) != KEY_BYTES for key in keys):
        raise InvalidKey(f"{source} must hold {KEY_BYTES} random bytes as base64 (openssl rand -base64 32).")
    return keys
