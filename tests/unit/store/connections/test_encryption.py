"""Envelope encryption of credentials, and the key file."""

import base64
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from store.connections.encryption import (
    KEY_FILE,
    WRAPPED_KEY_BYTES,
    CredentialCipher,
    load_cipher,
    rotate_key,
)
from store.errors import InvalidKey

KEY = bytes(range(32))
URL = "postgresql://me:hush@db/sales"


def test_an_encrypted_text_can_be_decrypted() -> None:
    assert CredentialCipher(KEY).decrypt(CredentialCipher(KEY).encrypt(URL, b"a"), b"a") == URL


def test_nothing_can_be_read_from_outside() -> None:
    ciphertext = CredentialCipher(KEY).encrypt(URL, b"a")
    assert b"hush" not in ciphertext
    assert ciphertext != CredentialCipher(KEY).encrypt(URL, b"a")


def test_another_key_does_not_open_it() -> None:
    with pytest.raises(InvalidKey):
        CredentialCipher(bytes(32)).decrypt(CredentialCipher(KEY).encrypt(URL, b"a"), b"a")


def test_it_does_not_open_in_the_place_of_another() -> None:
    with pytest.raises(InvalidKey):
        CredentialCipher(KEY).decrypt(CredentialCipher(KEY).encrypt(URL, b"a"), b"b")


@pytest.mark.parametrize("place", [0, 1, 12, 13, 20, -1])
def test_a_changed_bit_anywhere_is_noticed(place: int) -> None:
    ciphertext = bytearray(CredentialCipher(KEY).encrypt(URL, b"a"))
    ciphertext[place] ^= 1
    with pytest.raises(InvalidKey):
        CredentialCipher(KEY).decrypt(bytes(ciphertext), b"a")


@pytest.mark.parametrize("length", [0, 1, 12, 13, 28, 40])
def test_a_cut_off_piece_is_noticed(length: int) -> None:
    with pytest.raises(InvalidKey):
        CredentialCipher(KEY).decrypt(CredentialCipher(KEY).encrypt(URL, b"a")[:length], b"a")


def test_an_older_key_still_opens_and_is_replaced_without_opening_the_text() -> None:
    old, new = KEY, bytes(reversed(KEY))
    ciphertext = CredentialCipher(old).encrypt(URL, b"a")
    rewrapped = CredentialCipher(new, old).rewrap(ciphertext, b"a")
    assert (
        CredentialCipher(new, old).decrypt(ciphertext, b"a")
        == CredentialCipher(new).decrypt(rewrapped, b"a")
        == URL
    )
    # The encrypted text behind the wrapped key is unchanged.
    assert rewrapped[1 + WRAPPED_KEY_BYTES :] == ciphertext[1 + WRAPPED_KEY_BYTES :]
    with pytest.raises(InvalidKey):
        CredentialCipher(old).decrypt(rewrapped, b"a")
    with pytest.raises(InvalidKey):
        CredentialCipher(new).rewrap(ciphertext, b"a")


def test_a_key_file_is_changed_under_a_running_server(tmp_path: Path) -> None:
    server = load_cipher(tmp_path)
    ciphertext, first = server.encrypt(URL, b"a"), (tmp_path / KEY_FILE).read_text()
    with rotate_key(tmp_path):
        ciphertext = server.rewrap(ciphertext, b"a")
    assert stat.S_IMODE((tmp_path / KEY_FILE).stat().st_mode) == 0o600
    assert server.decrypt(ciphertext, b"a") == load_cipher(tmp_path).decrypt(ciphertext, b"a") == URL
    with pytest.raises(InvalidKey):
        load_cipher(tmp_path / "other", first).decrypt(ciphertext, b"a")
    with rotate_key(tmp_path):
        pass
    # The previous key stays, for what was encrypted in between; older ones are dropped.
    assert len((tmp_path / KEY_FILE).read_text().split()) == 2
    assert first.strip() not in (tmp_path / KEY_FILE).read_text()


@pytest.mark.parametrize("encode", [base64.b64encode, base64.urlsafe_b64encode])
def test_a_key_can_be_given(tmp_path: Path, encode: Callable[[bytes], bytes]) -> None:
    cipher = load_cipher(tmp_path, encode(KEY).decode() + "\n")
    assert cipher.decrypt(CredentialCipher(KEY).encrypt(URL, b"a"), b"a") == URL
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("secret", ["", "hush", "a" * 32, base64.b64encode(KEY[1:]).decode(), "ä" * 44])
def test_a_weak_key_is_refused_without_being_repeated(tmp_path: Path, secret: str) -> None:
    with pytest.raises(InvalidKey) as raised:
        load_cipher(tmp_path, secret)
    assert not secret or secret not in str(raised.value)


def test_a_key_is_made_once_for_us_alone(tmp_path: Path) -> None:
    ciphertext = load_cipher(tmp_path / "data").encrypt(URL, b"a")
    assert load_cipher(tmp_path / "data").decrypt(ciphertext, b"a") == URL
    key_file = tmp_path / "data" / KEY_FILE
    assert stat.S_IMODE(key_file.stat().st_mode) == 0o600
    assert [path.name for path in key_file.parent.iterdir()] == [KEY_FILE]


def test_a_key_that_others_can_read_is_made_private(tmp_path: Path) -> None:
    load_cipher(tmp_path)
    (tmp_path / KEY_FILE).chmod(0o644)
    load_cipher(tmp_path)
    assert stat.S_IMODE((tmp_path / KEY_FILE).stat().st_mode) == 0o600


@pytest.mark.parametrize("content", [b"", b"half of a key", bytes(range(224, 256))])
def test_a_broken_key_file_is_refused_and_not_replaced(tmp_path: Path, content: bytes) -> None:
    (tmp_path / KEY_FILE).write_bytes(content)
    with pytest.raises(InvalidKey):
        load_cipher(tmp_path)
    assert (tmp_path / KEY_FILE).read_bytes() == content


def test_a_data_folder_that_cannot_be_used_is_said_to_be(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file")
    with pytest.raises(InvalidKey):
        load_cipher(tmp_path / "data")
