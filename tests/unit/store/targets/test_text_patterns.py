import pytest

from store.targets.text_patterns import pattern_of


@pytest.mark.parametrize(
    ("texts", "pattern"),
    [
        ("a@b.de c.d@e.org x@y.com z@z.net q@r.io", "E-mail addresses"),
        ("https://a.de http://b.org/x www.c.com https://d.io https://e.io/?q=1", "URLs"),
        ("DE FR US GB IT", "ISO codes of countries"),
        ("DEU FRA USA GBR ITA", "ISO codes of countries"),
        ("AL AK AZ NY TX WY", None),
        ("A-100 B-200 C-300 D-400 E-500", "Codes with letters and digits"),
        ("2024-01-01 2024-01-02 2024-01-03 2024-01-04 2024-01-05", "Dates as text"),
        ("red green blue black white", None),
        ("a@b.de c@d.de", None),
        ("1 2 3 4 5 6", None),
    ],
)
def test_what_texts_look_like_is_named(texts: str, pattern: str | None) -> None:
    assert pattern_of(dict.fromkeys(texts.split(), 1)) == pattern
