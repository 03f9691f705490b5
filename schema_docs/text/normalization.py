"""Unicode normalization of words for comparison."""

import unicodedata


def normalize(text: str) -> str:
    """Fold case and accents, so that `Zürich` and `ZURICH` are equal."""
    if text.isascii():
        return text.lower()
    folded = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in folded if not unicodedata.combining(letter))
