"""The same attack in other clothes: case, blanks, comments, quotes, and queries wrapped around it."""

from random import Random

from sqlglot.errors import SqlglotError
from sqlglot.tokenizer_core import Token, TokenType

from agent.guard.dialects import ENGINES
from store.catalog import Dialect

BLANKS = [" ", "  ", "\n", "\t", "\r\n", " /* x */ ", "/**/ ", " -- x\n", "\n\n"]
QUOTES: dict[Dialect, list[tuple[str, str]]] = {
    "postgres": [('"', '"')],
    "sqlite": [('"', '"'), ("[", "]"), ("`", "`")],
    "mysql": [("`", "`")],
    "duckdb": [('"', '"')],
}
_BEFORE_NAMES = {TokenType.FROM, TokenType.JOIN, TokenType.DOT}
_AFTER_NAMES = {TokenType.L_PAREN, TokenType.DOT}
WRAPPERS = [
    "SELECT * FROM ({}) AS w",
    "WITH w AS ({}) SELECT * FROM w",
    "SELECT id FROM customers WHERE EXISTS ({})",
    "SELECT id FROM customers WHERE id IN ({})",
    "SELECT ({}) AS w",
    "({})",
    "SELECT id FROM customers UNION ALL {}",
    "{} UNION SELECT 1",
    "SELECT CASE WHEN true THEN ({}) END FROM orders",
    "SELECT * FROM customers AS c JOIN ({}) AS w ON true",
    "WITH RECURSIVE a AS (SELECT 1), w AS ({}) SELECT * FROM a, w",
]


def mutate(sql: str, dialect: Dialect, random: Random) -> str:
    """Change how an attack looks, not what it does."""
    tokens = _tokens(sql, dialect)
    if tokens:
        pieces = [_piece(sql, tokens, place, dialect, random) for place in range(len(tokens))]
        gaps = [_gap(sql, tokens, place, random) for place in range(len(tokens))]
        sql = "".join(piece + gap for piece, gap in zip(pieces, gaps, strict=True))
    if random.random() < 0.5 and not sql.rstrip().endswith("--"):
        sql = random.choice(WRAPPERS).format(sql.rstrip().rstrip(";"))
    return sql


def _tokens(sql: str, dialect: Dialect) -> list[Token]:
    try:
        return list(ENGINES[dialect].tokenize(sql))
    except SqlglotError:
        return []


def _gap(sql: str, tokens: list[Token], place: int, random: Random) -> str:
    """What stood between two tokens, comments and all, or other blanks where there were only blanks."""
    end = tokens[place + 1].start if place + 1 < len(tokens) else len(sql)
    written = sql[tokens[place].end + 1 : end]
    return random.choice(BLANKS) if written and written.isspace() and random.random() < 0.4 else written


def _piece(sql: str, tokens: list[Token], place: int, dialect: Dialect, random: Random) -> str:
    token = tokens[place]
    written = sql[token.start : token.end + 1]
    if _is_name(tokens, place, dialect) and written.isidentifier() and random.random() < 0.15:
        before, after = random.choice(QUOTES[dialect])
        return before + written + after
    if (
        token.token_type not in (TokenType.STRING, TokenType.IDENTIFIER)
        and written.isascii()
        and written.isalpha()
    ):
        return "".join(random.choice((letter.lower(), letter.upper())) for letter in written)
    return written


def _is_name(tokens: list[Token], place: int, dialect: Dialect) -> bool:
    """Say whether a word may be quoted and still do what it did: elsewhere SQLite takes it for text."""
    if tokens[place].token_type is not TokenType.VAR:
        return False
    before = tokens[place - 1].token_type if place else None
    after = tokens[place + 1].token_type if place + 1 < len(tokens) else None
    return dialect != "sqlite" or before in _BEFORE_NAMES or after in _AFTER_NAMES
