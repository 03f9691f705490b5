"""Tokenizers: content words for retrieval, words of stored values, and lemmatized tokens for parsing."""

import re
from dataclasses import dataclass
from itertools import islice

from schema_docs.text.identifiers import normalize, split_identifier
from schema_docs.text.lemmatizer import lemma, root

_STOP_WORD_LIST = """
a about all also an and any are as at be been being by can could did display do does each every few find for
from give had has have having how i if in into is it its just least less list many me more most much my no
not of on only or our out over per please return shall show so some such tell than that the their them then
there these they this those to under up us was we were what when where which who whom whose why will with
would you your
"""

STOP_WORDS = frozenset(_STOP_WORD_LIST.split())
"""Function words: the form of a question, not its subject."""

WORD = re.compile(r"[^\W_]+(?:[’'][^\W_]+)?|[^\W_]")
_POSSESSIVE = re.compile(r"[’']s?$")

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


def content_words(question: str) -> tuple[str, ...]:
    """Return the content words of a question, in order; all of its words if nothing else is left."""
    words = split_identifier(question)
    return tuple(word for word in words if word not in STOP_WORDS) or words


def split_words(text: str) -> tuple[str, ...]:
    """Split a value or a question into folded words; `O'Brien` stays one, `Anna's` loses its ending."""
    return tuple(_POSSESSIVE.sub("", normalize(word)) for word in WORD.findall(text))


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
