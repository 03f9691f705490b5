"""Give each half of a shared name its own: `first and last name` is `first name and last name`."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from agent.builtin.text.lemmas import lemma, root
from agent.builtin.text.tokenizer import Token
from schema_docs.text.tokenize import STOP_WORDS

_JOINS = frozenset({"and", "or", ",", "&"})
IsName = Callable[[Sequence[str]], bool]


def spread(tokens: Sequence[Token], is_name: IsName) -> tuple[Token, ...]:
    """Repeat the noun that several words before it share, where each with it is a name in the schema."""
    spread_out: list[Token] = []
    at = 0
    while at < len(tokens):
        heads, noun_at = _shared(tokens, at)
        noun = tokens[noun_at] if noun_at < len(tokens) else tokens[-1]
        apart = all(head.lemma != noun.lemma for head in heads)
        if len(heads) > 1 and apart and all(is_name([head.lemma, noun.lemma]) for head in heads):
            for token in tokens[at:noun_at]:
                spread_out.append(token)
                if token in heads[:-1]:
                    spread_out.append(noun)
            at = noun_at
        else:
            spread_out.append(tokens[at])
            at += 1
    return tuple(spread_out)


def _shared(tokens: Sequence[Token], at: int) -> tuple[list[Token], int]:
    """Words joined by `and` and commas from here on, and the place of the noun behind the last."""
    heads: list[Token] = []
    while at < len(tokens) and tokens[at].is_word and tokens[at].plain not in _JOINS:
        heads.append(tokens[at])
        joined = at + 1
        while joined < len(tokens) and tokens[joined].plain in _JOINS:
            joined += 1
        if joined == at + 1:
            break
        at = joined
    noun_at = at + 1
    if (
        not heads
        or noun_at >= len(tokens)
        or not tokens[noun_at].is_word
        or tokens[noun_at].plain in STOP_WORDS
    ):
        return [], noun_at
    return heads, noun_at


def negations_apart(tokens: Sequence[Token], is_name: IsName) -> tuple[Token, ...]:
    """`inactive` is `not active`, where the schema knows only the one."""
    kept: list[Token] = []
    for token in tokens:
        rest = token.plain[2:]
        opposite = token.is_word and token.plain[:2] in {"in", "un"} and len(rest) > 3
        if opposite and is_name([lemma(rest)]) and not is_name([token.lemma]):
            kept.append(replace(token, text="not", plain="not", lemma="not", root="not"))
            kept.append(replace(token, text=rest, plain=rest, lemma=lemma(rest), root=root(rest)))
        else:
            kept.append(token)
    return tuple(kept)


def without_asides(tokens: Sequence[Token]) -> tuple[Token, ...]:
    """Leave out what stands in parentheses, unless it quotes or names a number."""
    kept: list[Token] = []
    aside: list[Token] | None = None
    for token in tokens:
        if token.plain == "(" and aside is None:
            aside = [token]
        elif aside is None:
            kept.append(token)
        else:
            aside.append(token)
            if token.plain == ")":
                kept.extend(aside if any(one.kind in {"quoted", "number"} for one in aside) else ())
                aside = None
    return (*kept, *(aside or ()))
