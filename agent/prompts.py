"""Prompts are prose in `agent/prompts/*.md`; here their places are filled by what cannot pose as prose."""

import re
from dataclasses import dataclass, replace
from functools import cache
from hashlib import sha256
from pathlib import Path
from string import Template

from langchain_core.messages import BaseMessage, HumanMessage, SystemMessage

FOLDER = Path(__file__).with_name("prompts")

# The line between what we say and what we hand over.
DIVIDER = "\n---\n"

# A stretch that nobody writes by chance.
RECITED = 60

# A fence can be closed, and a chat template's own marks (`<|…`) can be forged, only with an opening bracket.
_MARK = re.compile(r"[<＜](?=\s*/?\s*data\b|\|)", re.IGNORECASE)

# Characters that a person does not see and a model reads: controls, direction marks, the tag block.
_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f\u200b\u202a-\u202e\u2066-\u2069\U000e0000-\U000e007f]")
# In ASCII a table finds them ten times as fast.
_UNSEEN_IN_ASCII = dict.fromkeys(code for code in range(128) if _UNSEEN.match(chr(code)))


@dataclass(frozen=True, slots=True)
class Prompt:
    """What a model is told: our instructions, then the material. `version` changes with every wording."""

    name: str
    version: str
    instructions: str
    given: str

    def messages(self) -> list[BaseMessage]:
        """Our words as the system's, the material as the person's; the unchanging comes first, for caches."""
        return [SystemMessage(self.instructions), HumanMessage(self.given)]

    def followed_by(self, other: "Prompt") -> "Prompt":
        """Say something more, in the same two messages: many chat templates take no others."""
        return replace(self, given=f"{self.given}\n\n{other.instructions}\n\n{other.given}")

    def recited_in(self, text: str) -> bool:
        """Whether a text repeats a stretch of our instructions word for word."""
        steps = range(0, max(len(text) - RECITED, 0) + 1, RECITED // 3)
        return len(text) >= RECITED and any(text[at : at + RECITED] in self.instructions for at in steps)


@dataclass(frozen=True, slots=True)
class _Page:
    version: str
    instructions: Template
    given: Template
    places: frozenset[str]


def read_prompts() -> None:
    """Read every prompt now, so that no question has to wait for it."""
    for path in FOLDER.glob("*.md"):
        _read(path.stem)


def render(name: str, **values: str) -> Prompt:
    """Fill a prompt's places. Raises `KeyError` when a value is missing, `ValueError` when one is surplus."""
    page = _read(name)
    if surplus := values.keys() - page.places:
        raise ValueError(f"The prompt {name!r} has no place for {', '.join(sorted(surplus))}.")
    safe = {place: neutralise(value) for place, value in values.items()}
    return Prompt(name, page.version, page.instructions.substitute(safe), page.given.substitute(safe).strip())


def neutralise(text: str) -> str:
    """Take from a text what could close a fence, open another, or hide from a reader."""
    seen = text.translate(_UNSEEN_IN_ASCII) if text.isascii() else _UNSEEN.sub("", text)
    return _MARK.sub("‹", seen) if "<" in seen or "＜" in seen else seen


@cache
def _read(name: str) -> _Page:
    text = (FOLDER / f"{name}.md").read_text(encoding="utf-8")
    instructions, given = text.split(DIVIDER)
    version = f"{name}@{sha256(text.encode()).hexdigest()[:8]}"
    ours, theirs = Template(instructions.strip()), Template(given)
    return _Page(version, ours, theirs, frozenset((*ours.get_identifiers(), *theirs.get_identifiers())))
