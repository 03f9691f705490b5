"""Coordination: expand shared nouns (`first and last name`), split prefixes, drop parentheses."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from schema_docs.text.lemmatizer import lemma, root
from schema_docs.text.tokenizer import STOP_WORDS, Token

_CONJUNCTIONS = frozenset({"and", "or", ",", "&"})
IsName = Callable[[Sequence[str]], bool]


def expand_shared_nouns(tokens: Sequence[Token], is_name: IsName) -> tuple[Token, ...]:
    """Repeat the noun that coordinated modifiers share, where each with it is a name in the schema.

    `first and last name` becomes `first name and last name`.
    """
    expanded: list[Token] = []
    position = 0
    while position < len(tokens):
        modifiers, noun_position = _coordination_at(tokens, position)
        noun = tokens[noun_position] if noun_position < len(tokens) else tokens[-1]
        distinct = all(modifier.lemma != noun.lemma for modifier in modifiers)
        names = (is_name([modifier.lemma, noun.lemma]) for modifier in modifiers)
        if len(modifiers) > 1 and distinct and all(names):
            for token in tokens[position:noun_position]:
                expanded.append(token)
                if token in modifiers[:-1]:
                    expanded.append(noun)
            position = noun_position
        else:
            expanded.append(tokens[position])
            position += 1
    return tuple(expanded)


def _coordination_at(tokens: Sequence[Token], position: int) -> tuple[list[Token], int]:
    """Return the words coordinated from a position on, and the position of the noun after the last."""
    modifiers: list[Token] = []
    while position < len(tokens) and tokens[position].is_word and tokens[position].plain not in _CONJUNCTIONS:
        modifiers.append(tokens[position])
        following = position + 1
        while following < len(tokens) and tokens[following].plain in _CONJUNCTIONS:
            following += 1
        if following == position + 1:
            break
        position = following
    noun_position = position + 1
    if (
        not modifiers
        or noun_position >= len(tokens)
        or not tokens[noun_position].is_word
        or tokens[noun_position].plain in STOP_WORDS
    ):
        return [], noun_position
    return modifiers, noun_position


def split_negative_prefixes(tokens: Sequence[Token], is_name: IsName) -> tuple[Token, ...]:
    """Split `inactive` into `not active`, where only `active` is a name in the schema."""
    split: list[Token] = []
    for token in tokens:
        stem = token.plain[2:]
        negative = token.is_word and token.plain[:2] in {"in", "un"} and len(stem) > 3
        if negative and is_name([lemma(stem)]) and not is_name([token.lemma]):
            split.append(replace(token, text="not", plain="not", lemma="not", root="not"))
            split.append(replace(token, text=stem, plain=stem, lemma=lemma(stem), root=root(stem)))
        else:
            split.append(token)
    return tuple(split)


def drop_parentheses(tokens: Sequence[Token]) -> tuple[Token, ...]:
    """Drop parenthesised tokens, unless they contain a quotation or a number."""
    remaining: list[Token] = []
    parenthesis: list[Token] | None = None
    for token in tokens:
        if token.plain == "(" and parenthesis is None:
            parenthesis = [token]
        elif parenthesis is None:
            remaining.append(token)
        else:
            parenthesis.append(token)
            if token.plain == ")":
                if any(enclosed.kind in {"quoted", "number"} for enclosed in parenthesis):
                    remaining.extend(parenthesis)
                parenthesis = None
    return (*remaining, *(parenthesis or ()))
