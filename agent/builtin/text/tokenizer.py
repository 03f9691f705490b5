"""A question as a row of tokens."""

import re
from dataclasses import dataclass

from agent.builtin.text.lemmas import lemma, root
from schema_docs.text.tokenize import plain

_TOKEN = re.compile(
    r"""
    (?P<quoted> (?<!\w)"[^"]{1,200}" | “[^”]{1,200}” | ‘[^’]{1,200}’ | (?<!\w)'[^']{1,200}'(?!\w)
        | (?<!\w)`[^`]{1,200}` | (?<!\w)''[^']{1,200}''(?!\w) )
  | (?P<date> (?<![\w.])(?:\d{4}-\d{1,2}-\d{1,2}(?:[ T]\d{1,2}:\d{2}(?::\d{2})?)?
        | \d{1,2}/\d{1,2}/\d{2,4} | \d{4}-\d{2} )(?![\w-]) )
  | (?P<email> [\w.+-]+@[\w-]+(?:\.[\w-]+)+ )
  | (?P<number> (?<![\w.])-?[$€£]?\d{1,3}(?:,\d{3})+(?:\.\d+)?(?![\w,])
        | (?<![\w.])-?[$€£]?\d+(?:\.\d+)?(?:%|k\b|(?![\w])) )
  | (?P<possessive> [’']s\b | (?<=s)[’'](?!\w) )
  | (?P<word> [^\W_]+(?:(?:[-.&/:_+]|['’](?!s\b))[^\W_]+)*\+* )
  | (?P<mark> [,;.?!()] | >=|<=|<>|!=|[<>=] )
    """,
    re.VERBOSE,
)
_CONTRACTED = {
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
    """One word, number, quotation or mark. `start` and `end` are its place in the question."""

    text: str
    plain: str
    lemma: str
    root: str
    start: int
    end: int
    kind: str

    @property
    def is_word(self) -> bool:
        """Whether letters carry its meaning."""
        return self.kind == "word"


def tokenise(question: str) -> tuple[Token, ...]:
    """Take a question apart; contractions become two words, hyphenated words of two known halves too."""
    tokens: list[Token] = []
    for match in _TOKEN.finditer(question):
        kind = match.lastgroup or "mark"
        if kind in {"date", "email"}:
            kind = "quoted" if kind == "email" else "word"
            tokens.append(_token(match.group(), match.start(), match.end(), kind))
        elif kind == "word":
            tokens.extend(_words(match))
        else:
            tokens.append(_token(match.group(), match.start(), match.end(), kind))
    return tuple(tokens)


def _words(match: "re.Match[str]") -> list[Token]:
    said = match.group()
    folded = plain(said).replace("’", "'")
    pieces = _CONTRACTED.get(folded, "").split() or _halves(said)
    return [_token(piece, match.start(), match.end(), "word") for piece in pieces]


def _halves(said: str) -> list[str]:
    """`full-time` and `customers/clients` are two words, `A-12`, `e-mail`, `u.s.` and `LG-P760` one."""
    parts = re.split(r"[-/_]", said)
    if len(parts) > 1 and all(len(part) > 2 and part.isalpha() for part in parts):
        return parts
    return [said]


def _token(said: str, start: int, end: int, kind: str) -> Token:
    if kind == "quoted" and said[0] in "\"“‘'`":
        # Only the outer pair: quotation marks inside belong to the text.
        said = (said[2:-2] if said.startswith("''") else said[1:-1]).strip()
    folded = plain(said)
    if folded in {"e-mail", "e-mails"}:
        folded = folded.replace("-", "")
    return Token(said, folded, lemma(folded), root(folded), start, end, kind)
