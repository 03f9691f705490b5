"""The ways in which language models get a draft wrong, done to a right one."""

import json
import random
from collections import Counter
from collections.abc import Callable

import sqlglot
from sqlglot import exp

from tests.knowing_model import Asked, KnownTurn, drafted
from tests.stub_model import Reply

Write = Callable[[str, random.Random], Reply | None]
"""Make a bad answer of a right query; None where the query has nothing to spoil in this way."""

# What is spoilt shows by itself only in some ways: a wrong query that runs and gives rows looks right.
MISSPELT = "_of_record"


def wrong_column(sql: str, chance: random.Random) -> Reply | None:
    """A column that no table has."""
    tree = sqlglot.parse_one(sql, dialect="sqlite")
    columns = [column for column in tree.find_all(exp.Column) if not column.this.quoted]
    if not columns:
        return None
    column = chance.choice(columns)
    column.set("this", exp.to_identifier(column.name + MISSPELT))
    return drafted(tree.sql("sqlite"))


def foreign_column(sql: str, chance: random.Random) -> Reply | None:
    """A column asked of a table that another one has."""
    tree = sqlglot.parse_one(sql, dialect="sqlite")
    tables = sorted({table.alias_or_name for table in tree.find_all(exp.Table)})
    owned = [column for column in tree.find_all(exp.Column) if column.table]
    if len(tables) < 2 or not owned:
        return None
    column = chance.choice(owned)
    column.set("this", exp.to_identifier(f"{column.name}_of_{tables[0]}"))
    return drafted(tree.sql("sqlite"))


def wrong_table(sql: str, chance: random.Random) -> Reply | None:
    """A table that is not there."""
    tree = sqlglot.parse_one(sql, dialect="sqlite")
    table = chance.choice(list(tree.find_all(exp.Table)))
    table.set("this", exp.to_identifier(table.name + MISSPELT))
    return drafted(tree.sql("sqlite"))


def missing_join(sql: str, chance: random.Random) -> Reply | None:
    """A table whose columns are used but which was not joined."""
    tree = sqlglot.parse_one(sql, dialect="sqlite")
    joined = [select for select in tree.find_all(exp.Select) if select.args.get("joins")]
    if not joined:
        return None
    select = chance.choice(joined)
    gone = select.args["joins"].pop()
    alias = gone.this.alias_or_name.lower()
    if not any(column.table.lower() == alias for column in select.find_all(exp.Column)):
        return None
    return drafted(tree.sql("sqlite"))


def two_statements(sql: str, chance: random.Random) -> Reply | None:
    """Two statements where one was asked for."""
    return drafted(chance.choice([f"{sql}; SELECT 1", f"SELECT 1; {sql};"]))


def write_statement(sql: str, chance: random.Random) -> Reply | None:
    """Something that changes the database."""
    table = next(sqlglot.parse_one(sql, dialect="sqlite").find_all(exp.Table)).name
    return drafted(
        chance.choice([f"DELETE FROM {table}", f"DROP TABLE {table}", f"CREATE TABLE answer AS {sql}"])
    )


def invented_function(sql: str, chance: random.Random) -> Reply | None:
    """A function that no engine has."""
    tree = sqlglot.parse_one(sql, dialect="sqlite")
    select = tree.find(exp.Select)
    assert select is not None
    shown = select.expressions[0].unalias()
    wrapped = exp.Anonymous(this="best_match", expressions=[shown.copy()])
    shown.replace(wrapped) if shown.parent else select.set("expressions", [wrapped])
    return drafted(tree.sql("sqlite"))


def wrong_case(sql: str, chance: random.Random) -> Reply | None:
    """A stored value in another case than it is stored in."""
    tree = sqlglot.parse_one(sql, dialect="sqlite")
    texts = [
        equal.right
        for equal in tree.find_all(exp.EQ)
        if (isinstance(equal.right, exp.Literal) and equal.right.is_string)
        or (isinstance(equal.right, exp.Column) and equal.right.this.quoted)
    ]
    texts = [text for text in texts if text.name.swapcase() != text.name]
    if not texts:
        return None
    text = chance.choice(texts)
    text.replace(exp.Literal.string(text.name.swapcase()))
    return drafted(tree.sql("sqlite"))


def in_prose(sql: str, chance: random.Random) -> Reply | None:
    """The right draft, with talk around it."""
    filled = drafted(sql).text
    talk = chance.choice(
        [f"Sure! Here it is:\n\n```json\n{filled}\n```\nHope that helps.", f"{filled}\n\nDone."]
    )
    return Reply([talk])


def in_a_fence(sql: str, chance: random.Random) -> Reply | None:
    """No form at all, only a query between fences."""
    return Reply([f"You can use this query:\n\n```sql\n{sql}\n```\n"])


def bad_json(sql: str, chance: random.Random) -> Reply | None:
    """JSON that no reader takes."""
    filled = drafted(sql).text
    return Reply([chance.choice([filled.replace('"', "'"), filled[:-1] + ",", f'{{"sql": {sql}}}'])])


def cut_off(sql: str, chance: random.Random) -> Reply | None:
    """The right draft, of which only the beginning came."""
    filled = json.dumps({"reading": "As it was asked.", "sql": sql})
    return Reply([filled[: chance.randrange(5, len(filled) - 2)]], finish="length")


def without_condition(tree: exp.Expr, chance: random.Random) -> bool:
    """Leave a condition out."""
    selects = [select for select in tree.find_all(exp.Select) if select.args.get("where")]
    if selects:
        chance.choice(selects).set("where", None)
    return bool(selects)


def the_other_end(tree: exp.Expr, chance: random.Random) -> bool:
    """Order the other way round."""
    orders = list(tree.find_all(exp.Ordered))
    for order in orders:
        order.set("desc", not order.args.get("desc"))
    return bool(orders)


def another_aggregate(tree: exp.Expr, chance: random.Random) -> bool:
    """Add up where an average was asked for, and the like."""
    found = [each for each in tree.find_all(exp.Avg, exp.Sum, exp.Max, exp.Min)]
    if found:
        old = chance.choice(found)
        new = exp.Min if not isinstance(old, exp.Min) else exp.Max
        old.replace(new(this=old.this.copy()))
    return bool(found)


def one_row_less(tree: exp.Expr, chance: random.Random) -> bool:
    """Cut the result."""
    assert isinstance(tree, exp.Query)
    tree.set("limit", exp.Limit(expression=exp.Literal.number(0 if tree.args.get("limit") else 1)))
    return True


PLAUSIBLE = (without_condition, the_other_end, another_aggregate, one_row_less)


def plausible(sql: str, chance: random.Random) -> str:
    """Make a query that runs, looks right, and mostly is not."""
    tree = sqlglot.parse_one(sql, dialect="sqlite")
    for way in chance.sample(PLAUSIBLE, len(PLAUSIBLE)):
        if way(tree, chance):
            break
    return tree.sql("sqlite")


REPAIRABLE: tuple[Write, ...] = (
    wrong_column,
    foreign_column,
    wrong_table,
    missing_join,
    two_statements,
    write_statement,
    invented_function,
    wrong_case,
    in_prose,
    in_a_fence,
    bad_json,
    cut_off,
)
# Where a model does the same again and again, nobody can help it.
STUBBORN: tuple[Write, ...] = (
    wrong_column,
    wrong_table,
    two_statements,
    write_statement,
    invented_function,
    bad_json,
)


class FirstDrafts:
    """Spoils a share of the first drafts; told what was wrong, the model gets it right."""

    def __init__(self, share: float, ways: tuple[Write, ...] = REPAIRABLE) -> None:
        self._share = share
        self._ways = ways
        self.done: dict[str, str] = {}

    def __call__(self, turn: KnownTurn, asked: Asked, chance: random.Random) -> Reply | None:
        """Spoil or leave alone."""
        if asked.again or chance.random() >= self._share:
            return None
        for way in chance.sample(self._ways, len(self._ways)):
            if (bad := way(turn.sql, chance)) is not None:
                self.done[turn.id] = way.__name__
                return bad
        return None


class EveryDraft:
    """Spoils all drafts of a share of the questions, in the same way each time."""

    def __init__(self, share: float = 1.0, ways: tuple[Write, ...] = STUBBORN) -> None:
        self._share = share
        self._ways = ways

    def __call__(self, turn: KnownTurn, asked: Asked, chance: random.Random) -> Reply | None:
        """Spoil or leave alone."""
        if chance.random() >= self._share:
            return None
        return next(
            (bad for way in chance.sample(self._ways, len(self._ways)) if (bad := way(turn.sql, chance))),
            None,
        )


class OneOfThree:
    """A model that is unsure, and of whose three drafts one looks right and is wrong; which one, by seed."""

    UNSURE = 0.3

    def __init__(self) -> None:
        self._written: Counter[str] = Counter()

    def __call__(self, turn: KnownTurn, asked: Asked, chance: random.Random) -> Reply | None:
        """Give a wrong draft, or the right one without much faith in it."""
        number = self._written[turn.id] % 3
        self._written[turn.id] += 1
        wrong = chance.randrange(3) == number
        return drafted(plausible(turn.sql, chance) if wrong else turn.sql, self.UNSURE)
