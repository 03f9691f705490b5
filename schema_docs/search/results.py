"""Search results: table documents, matched values, joins and examples for one question."""

from dataclasses import dataclass

from schema_docs.schema_map import Term
from store.catalog import ForeignKey


@dataclass(frozen=True, slots=True)
class TableDocument:
    """Description of one table, as an analyst reads it."""

    table: str
    text: str


@dataclass(frozen=True, slots=True)
class ValueMatch:
    """Stored value that the `phrase` of a question seems to mention; `score` is 0 to 1, 1 is equal.

    An `inferred` match was not looked up: the phrase hints at it, as `male` does at M.
    """

    table: str
    column: str
    value: str
    phrase: str
    score: float
    inferred: bool = False


@dataclass(frozen=True, slots=True)
class ExampleMatch:
    """Verified question with its query, similar to the question asked; `score` is 0 to 1."""

    id: int
    question: str
    sql: str
    score: float


@dataclass(frozen=True, slots=True)
class Join:
    """Foreign key that joins a table to another; an `inferred` one is not declared in the database."""

    table: str
    key: ForeignKey
    inferred: bool = False


@dataclass(frozen=True, slots=True)
class SearchResult:
    """Schema context of one question: table documents, values, joins, terms and examples.

    `version` is the map's; `reasons` explain the selection to people. `tokens` is the size of the documents;
    `terms` are glossary terms the question uses; `examples` are similar verified questions, best first.
    """

    version: int
    documents: tuple[TableDocument, ...] = ()
    values: tuple[ValueMatch, ...] = ()
    joins: tuple[Join, ...] = ()
    reasons: tuple[str, ...] = ()
    tokens: int = 0
    terms: tuple[Term, ...] = ()
    examples: tuple[ExampleMatch, ...] = ()
