"""Read the small words and phrases that carry a question's form from `function_words.txt`."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast, get_args

from agent.builtin.text.lemmas import root

Kind = Literal[
    "show", "what", "count", "much", "agg", "sup", "top", "common", "op", "postop", "between", "like",
    "not", "each", "by", "order", "direction", "distinct", "who", "that", "with", "have", "whose",
    "where", "prep", "and", "or", "comma", "stop", "both", "either", "neither", "nor", "except", "all",
    "be", "it", "also", "same", "null", "bucket", "share", "only", "ratio", "verb", "there", "filler",
    "information", "than", "when", "but", "compare",
]  # fmt: skip

WORDS = Path(__file__).with_name("function_words.txt")


@dataclass(frozen=True, slots=True)
class Sign:
    """What a phrase of form says. `arg` is its meaning within its kind, `about` the property it implies."""

    kind: Kind
    arg: str = ""
    about: str = ""


def read_signs(text: str) -> dict[str, tuple[Sign, ...]]:
    """Take sections of phrases apart; of several meanings of a phrase, the first is the likeliest."""
    found: dict[str, list[Sign]] = {}
    for section in text.split("\n== ")[1:]:
        head, phrases = section.split("\n", 1)
        meaning, _, about = head.partition(" : ")
        kind, _, arg = meaning.partition(" ")
        assert kind in get_args(Kind), kind
        sign = Sign(cast("Kind", kind), arg, about)
        for phrase in " ".join(phrases.split()).split(" | "):
            found.setdefault(phrase, []).append(sign)
    return {phrase: tuple(signs) for phrase, signs in found.items()}


SIGNS = read_signs(WORDS.read_text(encoding="utf-8"))
"""Each phrase with its possible meanings, the likeliest first."""

LONGEST_SIGN = max(len(phrase.split()) for phrase in SIGNS)


_VERBS = """
accept access accommodate accompany achieve acquire act add affect allow appear apply appoint arrange
arrive assign associate attach attain attend authorize award base bear become begin belong book break
bring build buy call care carry cause celebrate change check choose claim come command commit compete
complete compose concern conduct confer connect consist construct consume contain contribute control
cooperate correspond cost cover create cross cut damage deal deliver depart deposit describe design
destroy develop die direct display distribute do donate draw drive earn eat edit employ end enjoy enrol
enroll enrolled enter establish exist experience fail fall feature fed feed file fill find finish flied
fly follow form found fund gain gather generate give go graduate grant grow happen have head hire hit
hold host hurt identify import include incur injure insure introduce invest invite involve issue join
judge keep kill know land last launch lead learn leave lend lie like line list live locate log lose love
maintain major make manage manufacture mark marry measure meet mention mind mine move name need nominate
note observe obtain occupy occur offer open operate order organize own park participate pass pay perform
pilot place plan play possess post prefer prescribe present presided print process produce provide
publish purchase put raise rank ranked rate rated reach read receive record register release rent repair
report reported represent request require reserve reside respond result review ride run sail save score
scored see sell send serve set share ship show sign sing sit speak specialize spend sponsor stand start
stay stock store study submit suffer supervise supply support take teach tell test touch train transfer
travel treat try turn undergo use utilize visit volunteer vote want watch wear weigh win work write
yield
"""

VERB_ROOTS = frozenset(root(verb) for verb in _VERBS.split())
"""Their stems, as `agent.builtin.text.lemmas.root` gives them."""
