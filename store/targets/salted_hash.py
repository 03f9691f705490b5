"""What masks show in place of values on an engine that has no hashes of its own."""

from hashlib import sha256


def salted_hash(salt: str, value: str | float | bytes | None) -> str | None:
    """Give sixteen signs that are the same for the same value, and that nobody can guess without the salt."""
    if value is None:
        return None
    plain = value if isinstance(value, bytes) else str(value).encode("utf-8", "surrogatepass")
    return sha256(salt.encode() + plain).hexdigest()[:16]
