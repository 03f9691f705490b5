"""What a language model would answer that happens to know the right queries, and spoils some by seed."""

import random
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from tests.stub_model import Reply, form, words

QUESTION = re.compile(r'<data name="question">\n(.*?)\n</data>', re.DOTALL)
CONVERSATION = re.compile(r'<data name="conversation">\n(.*?)\n</data>', re.DOTALL)
TABLES = re.compile(r'<data name="(?:tables|pages)">\n(.*?)\n</data>', re.DOTALL)
TRIES = re.compile(r'<data name="tries">\n(.*?)\n</data>', re.DOTALL)
ASKED_BEFORE = re.compile(r"^Person: (.*)$", re.MULTILINE)
TAG = re.compile(r" \[turn ([^\]]+)\]$")
NOTHING = "(none)"


@dataclass(frozen=True, slots=True)
class KnownTurn:
    """A question whose right query is known; `before` are the questions of its conversation before it."""

    id: str
    database: str
    question: str
    sql: str
    before: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Asked:
    """One request, read as a model would read it. `again`: this very draft was asked for before."""

    form: str
    question: str
    before: tuple[str, ...]
    tables: str
    again: bool


Spoil = Callable[[KnownTurn, Asked, random.Random], Reply | None]
"""Give a bad answer in place of the right draft, or None to leave it right."""


class KnowingModel:
    """Answers requests; the same request under the same seed gets the same answer.

    Which question a draft is for it knows from its own stand-alone form of it, and that it makes only where
    the whole conversation before the question was told to it. So a turn that has lost its memory goes wrong.
    """

    def __init__(self, turns: Iterable[KnownTurn], spoil: Spoil | None = None, seed: int = 1) -> None:
        self._by_id: dict[str, KnownTurn] = {}
        self._by_story: dict[tuple[str, tuple[str, ...]], list[KnownTurn]] = {}
        for turn in turns:
            self._by_id[turn.id] = turn
            self._by_story.setdefault((turn.question, turn.before), []).append(turn)
        self._spoil = spoil
        self._seed = seed
        self.lost: list[Asked] = []
        self.spoilt: set[str] = set()

    def __call__(self, body: dict[str, Any]) -> Reply:
        """Answer one request."""
        asked = read(body)
        if asked.form == "other":
            return words("Here is what the rows say.")
        turn = self._find(asked)
        if turn is None:
            self.lost.append(asked)
            return self._at_a_loss(asked)
        if asked.form == "understanding":
            return form(kind="data", question=f"{turn.question} [turn {turn.id}]")
        chance = random.Random(f"{self._seed} {turn.id}")
        if self._spoil and (bad := self._spoil(turn, asked, chance)):
            self.spoilt.add(turn.id)
            return bad
        return drafted(turn.sql)

    def _find(self, asked: Asked) -> KnownTurn | None:
        if tag := TAG.search(asked.question):
            return self._by_id.get(tag[1])
        told = self._by_story.get((asked.question, asked.before), [])
        # The same words may be about several databases; the tables say which is meant.
        return max(told, key=lambda turn: _known_tables(turn.sql, asked.tables), default=None)

    def _at_a_loss(self, asked: Asked) -> Reply:
        if asked.form == "understanding":
            return form(kind="data", question=asked.question)
        return drafted("SELECT 'I have forgotten what this is about' AS sorry")


def read(body: dict[str, Any]) -> Asked:
    """Take a request apart."""
    given = "\n".join(str(message["content"]) for message in body["messages"])
    conversation = _last(CONVERSATION, given)
    tries = _last(TRIES, given)
    return Asked(
        form=_form(body, given),
        question=_last(QUESTION, given).strip(),
        before=tuple(ASKED_BEFORE.findall(conversation)),
        tables=_last(TABLES, given),
        again=tries not in ("", NOTHING)
        or '<data name="problem">' in given
        or '<data name="tried">' in given,
    )


def drafted(sql: str, confidence: float = 0.9) -> Reply:
    """A draft as a model would give it."""
    return form(
        reading="As it was asked.",
        assumptions=[],
        sql=sql,
        confidence=confidence,
        follow_ups=[],
        ask_back="",
        choices=[],
    )


def _form(body: dict[str, Any], given: str) -> str:
    schema = body.get("response_format", {}).get("json_schema", {}).get("name")
    tool = next((each["function"]["name"] for each in body.get("tools", [])), None)
    if name := schema or tool:
        return str(name)
    if "- sql:" in given:
        return "writing"
    return "understanding" if "- kind:" in given else "other"


def _last(pattern: re.Pattern[str], text: str) -> str:
    found = pattern.findall(text)
    return str(found[-1]) if found else ""


def _known_tables(sql: str, tables: str) -> int:
    """How many tables of a query are among those shown, less those that are not."""
    named = {table.lower() for table in re.findall(r"\b(?:from|join)\s+(\w+)", sql, re.IGNORECASE)}
    shown = {line.partition(":")[0].strip().lower() for line in tables.splitlines()}
    return len(named & shown) - len(named - shown)
