"""Take the names in a schema apart into the words that people would use for them."""

from collections.abc import Iterable

from agent.builtin.lemmas import lemma
from schema_docs.words import split_name

ABBREVIATIONS = {
    "fname": "first name", "lname": "last name", "mname": "middle name", "firstname": "first name",
    "lastname": "last name", "surname": "last name", "num": "number", "nbr": "number", "no": "number", "nr": "number", "qty": "quantity",
    "amt": "amount", "dept": "department", "addr": "address", "dob": "birth date", "emp": "employee",
    "stu": "student", "prof": "professor", "cust": "customer", "avg": "average", "max": "maximum",
    "min": "minimum", "yr": "year", "tel": "phone", "dt": "date", "cnt": "count", "bal": "balance",
    "acc": "account", "acct": "account", "org": "organization", "pct": "percent", "lat": "latitude",
    "lng": "longitude", "src": "source", "dst": "destination", "dest": "destination", "mfr": "manufacturer",
    "lang": "language", "temp": "temperature", "univ": "university", "gov": "government",
    "govt": "government", "pop": "population", "mgr": "manager", "crs": "course", "sal": "salary",
    "loc": "location", "orig": "original", "tot": "total", "wt": "weight", "ht": "height", "hrs": "hours",
    "mpg": "mile per gallon", "desc": "description", "descr": "description", "pos": "position",
    "attr": "attribute", "img": "image", "msg": "message", "std": "standard", "ref": "reference",
    "lvl": "level", "prod": "product", "mfg": "manufacturing", "cat": "category", "cd": "code",
    "abbr": "abbreviation", "trans": "transaction", "tv": "tv", "birthdate": "birth date",
    "birthday": "birth date", "zipcode": "zip code", "postcode": "postal code", "sqft": "square foot",
    "gpa": "gpa", "dir": "director", "auth": "author", "pub": "publication", "corp": "corporation", "ops": "operation",
}  # fmt: skip

# Words of which joined names are often made. With the schema's own words they are enough to split `petid`.
_COMMON = frozenset(
    [
        "id",
        "name",
        "code",
        "number",
        "date",
        "type",
        "age",
        "year",
        "first",
        "last",
        "middle",
        "full",
        "time",
        "count",
        "price",
        "cost",
        "rate",
        "total",
        "home",
        "away",
        "city",
        "country",
        "state",
        "status",
        "address",
        "phone",
        "email",
        "start",
        "end",
        "order",
        "product",
        "student",
        "teacher",
        "course",
        "class",
        "pet",
        "dog",
        "team",
        "player",
        "game",
        "match",
        "song",
        "singer",
        "artist",
        "album",
        "book",
        "author",
        "car",
        "model",
        "maker",
        "flight",
        "airport",
        "line",
        "air",
        "item",
        "customer",
        "employee",
        "department",
        "manager",
        "company",
        "user",
        "group",
        "level",
        "grade",
        "score",
        "rank",
        "title",
        "description",
        "note",
        "weight",
        "height",
        "length",
        "size",
        "color",
        "colour",
        "gender",
        "sex",
        "salary",
        "budget",
        "amount",
        "balance",
        "account",
        "bank",
        "school",
        "college",
        "major",
        "minor",
        "member",
        "club",
        "room",
        "building",
        "dorm",
        "capacity",
        "source",
        "dest",
        "destination",
        "site",
        "web",
        "page",
        "url",
        "file",
        "key",
        "value",
        "text",
        "language",
        "region",
        "area",
        "district",
        "population",
        "birth",
        "death",
        "place",
        "location",
        "point",
        "win",
        "loss",
        "result",
        "rating",
        "stars",
        "review",
        "movie",
        "film",
        "actor",
        "director",
        "channel",
        "series",
        "episode",
        "story",
        "paper",
        "journal",
        "conference",
        "event",
        "party",
        "office",
        "hour",
        "day",
        "month",
        "week",
        "quarter",
        "season",
        "position",
        "role",
        "job",
        "skill",
        "unit",
        "stock",
        "store",
        "shop",
        "market",
        "share",
        "sale",
        "sales",
        "percent",
        "average",
        "max",
        "min",
        "low",
        "high",
        "by",
        "of",
        "in",
        "out",
        "per",
        "for",
        "to",
        "from",
        "at",
        "is",
        "has",
    ]
)
_INITIALS = {"f": "first", "l": "last", "m": "middle"}
_SKIPPED_FIRST = frozenset({"ref", "tbl", "tb", "dim", "fact", "stg", "vw", "reference"})


class Splitter:
    """Splits names with the words of one schema at hand."""

    def __init__(self, names: Iterable[str]) -> None:
        pieces = {piece for name in names for piece in split_name(name)}
        self._known = _COMMON | ABBREVIATIONS.keys() | {lemma(p) for p in pieces if 3 <= len(p) <= 7} | pieces

    def words(self, name: str) -> tuple[str, ...]:
        """Give the lemmas of a name: `custAddressID` is `customer address id`."""
        found: list[str] = []
        pieces = list(split_name(name))
        for at, piece in enumerate(pieces):
            if piece in _INITIALS and pieces[at + 1 : at + 2] == ["name"]:
                # `LName` is a last name.
                pieces[at] = _INITIALS[piece]
        for piece in pieces:
            for part in self._parts(piece):
                found.extend(lemma(word) for word in ABBREVIATIONS.get(part, part).split())
        return tuple(found)

    def table_words(self, name: str) -> tuple[str, ...]:
        """As `words`, without a technical first word such as `ref` or `tbl`."""
        words = self.words(name)
        return words[1:] if len(words) > 1 and words[0] in _SKIPPED_FIRST else words

    def _parts(self, piece: str) -> tuple[str, ...]:
        if len(piece) < 5 or piece in ABBREVIATIONS or lemma(piece) in _COMMON or piece.isdigit():
            return (piece,)
        return self._split(piece) or (piece,)

    def _split(self, piece: str) -> tuple[str, ...] | None:
        if piece[1:] in {"name", "type", "code", "date", "number", "title"} and piece not in _COMMON:
            # `gname` and `sname` are names, of whatever begins with that letter.
            return (piece[0], piece[1:])
        for end in range(len(piece) - 2, 1, -1):
            first, rest = piece[:end], piece[end:]
            if self._is_word(first) and self._is_word(rest) and (len(first) > 2 or len(rest) > 2):
                return (first, rest)
        return None

    def _is_word(self, text: str) -> bool:
        if len(text) <= 3:
            return text in ABBREVIATIONS or text in {
                "id",
                "age",
                "pet",
                "dog",
                "car",
                "day",
                "sex",
                "tax",
                "fee",
                "url",
            }
        return text in _COMMON or lemma(text) in _COMMON or (text in self._known and len(text) > 3)
