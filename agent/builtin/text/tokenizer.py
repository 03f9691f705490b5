"""Tokenizer for questions: words, numbers, dates, quotations and punctuation with their lemmas."""

import re
from dataclasses import dataclass
from itertools import islice

from agent.builtin.text.lemmas import lemma, root
from schema_docs.text.tokenize import normalize

# Parsing is quadratic in places; questions that people type have fewer than 100 tokens.
MAX_TOKENS = 150
MAX_CHARACTERS = 1_500

_TOKEN = re.compile(
    r"""
    (?P<quoted> (?<!\w)"[^"]{1,200}" | “[^”]{1,200}” | ‘[^’]{1,200}’ | (?<!\w)'[^']{1,200}'(?!\w)
        | (?<!\w)`[^`]{1,200}` | (?<!\w)''[^']{1,200}''(?!\w) )
  | (?P<date> (?<![\w.])(?:\d{4}-\d{1,2}-\d{1,2}(?:[ T]\d{1,2}:\d{2}(?::\d{2})?)?
        | \d{1,2}/\d{1,2}/\d{2,4} | \d{4}-\d{2} )(?![\w-]) )
  | (?P<email> (?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+ )
  | (?P<number> (?<![\w.])-?[$€£]?\d{1,3}(?:,\d{3})+(?:\.\d+)?(?![\w,])
        | (?<![\w.])-?[$€£]?\d+(?:\.\d+)?(?:%|k\b|(?![\w])) )
  | (?P<possessive> [’']s\b | (?<=s)[’'](?!\w) )
  | (?P<word> [^\W_]+(?:(?:[-.&/:_+]|['’](?!s\b))[^\W_]+)*\+* )
  | (?P<mark> [,;.?!()] | >=|<=|<>|!=|[<>=] )
    """,
    re.VERBOSE,
)
_CONTRACTIONS = {
    "don't": "do not", "doesn't": "does not", "didn't": "did not", "isn't": "is not", "aren't": "are not",
    "wasn't": "was not", "weren't": "were not", "hasn't": "has not", "haven't": "have not",
    "hadn't": "had not", "can't": "can not", "cannot": "can not", "won't": "will not",
    "couldn't": "could not", "wouldn't": "would not", "what's": "what is", "who's": "who is",
    "where's": "where is", "that's": "that is", "it's": "it is", "there's": "there is", "how's": "how is",
    "i'd": "i would", "i'm": "i am", "we've": "we have", "let's": "let us", "didnt": "did not",
    "dont": "do not", "doesnt": "does not", "isnt": "is not", "whats": "what is",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Token:
    """A word, number, quotation or punctuation mark; `start` and `end` are character offsets."""

    text: str
    plain: str
    lemma: str
    root: str
    start: int
    end: int
    kind: str

    @property
    def is_word(self) -> bool:
        """Whether the token is a word, and no number, quotation or mark."""
        return self.kind == "word"


def truncate(question: str) -> str:
    """Cut a question off after `MAX_TOKENS` tokens and `MAX_CHARACTERS`, to bound the time of parsing."""
    question = question[:MAX_CHARACTERS]
    ends = [match.end() for match in islice(_TOKEN.finditer(question), MAX_TOKENS + 1)]
    return question[: ends[MAX_TOKENS - 1]] if len(ends) > MAX_TOKENS else question


def tokenize(question: str) -> tuple[Token, ...]:
    """Split a question into tokens; contractions and hyphenated compounds become several words."""
    tokens: list[Token] = []
    for match in _TOKEN.finditer(question):
        kind = match.lastgroup or "mark"
        if kind in {"date", "email"}:
            kind = "quoted" if kind == "email" else "word"
            tokens.append(_token(match.group(), match.start(), match.end(), kind))
        elif kind == "word":
            tokens.extend(_word_tokens(match))
        else:
            tokens.append(_token(match.group(), match.start(), match.end(), kind))
    return tuple(tokens)


def _word_tokens(match: "re.Match[str]") -> list[Token]:
    text = match.group()
    folded = normalize(text).replace("’", "'")
    words = _CONTRACTIONS.get(folded, "").split() or _split_compound(text)
    return [_token(word, match.start(), match.end(), "word") for word in words]


def _split_compound(text: str) -> list[str]:
    """Split `full-time` and `customers/clients`, but not `A-12`, `e-mail`, `u.s.` or `LG-P760`."""
    parts = re.split(r"[-/_]", text)
    if len(parts) > 1 and all(len(part) > 2 and part.isalpha() for part in parts):
        return parts
    return [text]


def _token(text: str, start: int, end: int, kind: str) -> Token:
    if kind == "quoted" and text[0] in "\"“‘'`":
        # Only the outer pair: quotation marks inside belong to the text.
        text = (text[2:-2] if text.startswith("''") else text[1:-1]).strip()
    folded = normalize(text)
    if folded in {"e-mail", "e-mails"}:
        folded = folded.replace("-", "")
    return Token(text, folded, lemma(folded), root(folded), start, end, kind)
