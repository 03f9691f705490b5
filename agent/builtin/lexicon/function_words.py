"""Function words: closed-class words and phrases of English, loaded from `function_words.txt`."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast, get_args

from schema_docs.text.lemmatizer import root

WordKind = Literal[
    "show", "what", "count", "much", "aggregate", "superlative", "top", "common", "comparison",
    "trailing_comparison", "between", "like", "not", "each", "by", "order", "direction", "distinct", "who",
    "that", "with", "have", "whose", "where", "preposition", "and", "or", "comma", "stop", "both", "either",
    "neither", "nor", "except", "determiner", "be", "pronoun", "also", "same", "null", "bucket", "share",
    "only", "ratio", "verb", "there", "filler", "information", "than", "when", "but", "compare",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class FunctionWord:
    """One meaning of a function word or phrase.

    `value` is its meaning within its kind (`desc`, `>`, `avg`), `criterion` the properties it compares by,
    separated by `|`: `older` compares by `age|birth date`. For a date bucket the criterion `unit` marks the
    bare unit (`month`, not `monthly`).
    """

    kind: WordKind
    value: str = ""
    criterion: str = ""


def parse_function_words(text: str) -> dict[str, tuple[FunctionWord, ...]]:
    """Parse the lexicon file; the meanings of a phrase are ordered by likelihood."""
    meanings: dict[str, list[FunctionWord]] = {}
    for section in text.split("\n== ")[1:]:
        head, phrases = section.split("\n", 1)
        kind_and_value, _, criterion = head.partition(" : ")
        kind, _, value = kind_and_value.partition(" ")
        assert kind in get_args(WordKind), kind
        word = FunctionWord(cast("WordKind", kind), value, criterion)
        for phrase in " ".join(phrases.split()).split(" | "):
            meanings.setdefault(phrase, []).append(word)
    return {phrase: tuple(words) for phrase, words in meanings.items()}


LEXICON_FILE = Path(__file__).with_name("function_words.txt")

FUNCTION_WORDS = parse_function_words(LEXICON_FILE.read_text(encoding="utf-8"))
"""Each phrase with its possible meanings, the likeliest first."""

MAX_PHRASE_WORDS = max(len(phrase.split()) for phrase in FUNCTION_WORDS)


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
"""Stems of the common verbs, as computed by `schema_docs.text.lemmatizer.root`."""
