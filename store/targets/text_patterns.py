"""What the texts of a column look like, when nearly all of them look alike."""

import re
from collections.abc import Mapping

# Of the texts looked at, so many must be alike.
_LEAST = 0.95
# Fewer prove nothing.
_FEWEST = 5
_PATTERNS = (
    ("E-mail addresses", re.compile(r"[^@\s]+@[^@\s]+\.\w{2,}")),
    ("URLs", re.compile(r"(?:https?|ftp)://\S+|www\.\S+\.\S+", re.IGNORECASE)),
    ("UUIDs", re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)),
    ("Dates as text", re.compile(r"\d{4}-\d\d-\d\d(?:[T ].*)?|\d\d?[./]\d\d?[./]\d{2,4}")),
    ("Codes with letters and digits", re.compile(r"(?=.*\d)(?=.*[A-Z])[A-Z0-9]+(?:[-_/.][A-Z0-9]+)*")),
)
_TWO, _THREE = re.compile(r"[A-Z]{2}"), re.compile(r"[A-Z]{3}")
# Enough of ISO 3166 to know a column of countries from one of states or currencies.
_TWO_LETTERS = """
AE AR AT AU BE BG BR CA CH CL CN CO CZ DE DK EE EG ES FI FR GB GR HK HR HU ID IE IL IN IS IT JP KE KR LT LU LV
MA MX MY NG NL NO NZ PE PH PL PT RO RS RU SA SE SG SI SK TH TR TW UA US VN ZA
"""
_THREE_LETTERS = """
ARE ARG AUT AUS BEL BRA CAN CHE CHL CHN COL CZE DEU DNK EGY ESP FIN FRA GBR GRC HUN IDN IND IRL ISR ITA JPN
KEN KOR MEX MYS NGA NLD NOR NZL PER PHL POL PRT ROU RUS SAU SGP SWE THA TUR TWN UKR USA VNM ZAF
"""
_COUNTRIES = ((frozenset(_TWO_LETTERS.split()), _TWO), (frozenset(_THREE_LETTERS.split()), _THREE))


def pattern_of(counts: Mapping[str, int]) -> str | None:
    """Name what distinct texts have in common; None where they have nothing, or are too few to tell."""
    if len(counts) < _FEWEST:
        return None
    texts = [text.strip() for text in counts]
    for known, form in _COUNTRIES:
        if _share(texts, form) >= _LEAST and sum(text in known for text in texts) >= 0.7 * len(texts):
            return "ISO codes of countries"
    return next((name for name, form in _PATTERNS if _share(texts, form) >= _LEAST), None)


def _share(texts: list[str], form: re.Pattern[str]) -> float:
    return sum(form.fullmatch(text) is not None for text in texts) / len(texts)
