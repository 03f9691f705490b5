"""Lemmatizer and stemmer for English.

`lemma` is for retrieval and for names: a wrong merge costs more there than a missed one. `root` also strips
endings of verbs and nouns (`ship`, `shipped`, `shipping`); schema linking discounts its matches.
"""

from functools import lru_cache

_IRREGULAR = {
    "people": "person", "ids": "id", "brought": "bring", "thought": "think", "caught": "catch",
    "felt": "feel", "kept": "keep", "said": "say",
    "told": "tell", "fed": "feed", "wore": "wear", "worn": "wear", "rode": "ride",
    "ridden": "ride", "fought": "fight", "bred": "breed", "shown": "show", "lent": "lend",
    "swam": "swim", "flied": "fly", "beaten": "beat", "understood": "understand",
    "became": "become", "spoken": "speak", "spoke": "speak", "persons": "person",
    "children": "child", "men": "man", "women": "woman",
    "feet": "foot", "teeth": "tooth", "mice": "mouse", "geese": "goose", "criteria": "criterion",
    "data": "data", "media": "media", "series": "series", "species": "species", "news": "news",
    "buses": "bus", "statuses": "status", "addresses": "address", "movies": "movie", "cookies": "cookie",
    "calories": "calorie", "shoes": "shoe", "analyses": "analysis", "theses": "thesis",
    "indices": "index",
    "matrices": "matrix", "vertices": "vertex", "wives": "wife", "knives": "knife", "lives": "life",
    "leaves": "leaf", "shelves": "shelf", "wolves": "wolf", "halves": "half", "selves": "self",
    "curricula": "curriculum", "phenomena": "phenomenon", "alumni": "alumnus", "quizzes": "quiz",
    "gases": "gas", "courses": "course", "houses": "house", "causes": "cause", "clauses": "clause",
    "purchases": "purchase", "databases": "database", "bases": "base", "cases": "case",
    "cruises": "cruise",
    "diseases": "disease", "licenses": "license", "expenses": "expense", "responses": "response",
    "warehouses": "warehouse", "nurses": "nurse", "horses": "horse", "roses": "rose", "noses": "nose",
    "phases": "phase", "phrases": "phrase", "releases": "release", "leases": "lease",
    "increases": "increase",
    "uses": "use", "spouses": "spouse", "purses": "purse", "axes": "axis", "aircrafts": "aircraft",
    "staffs": "staff", "ties": "tie", "pies": "pie", "dies": "die", "lies": "lie", "zombies": "zombie",
    "bought": "buy", "sold": "sell", "sent": "send", "paid": "pay", "spent": "spend", "made": "make",
    "won": "win", "lost": "lose", "taught": "teach", "wrote": "write", "written": "write", "sang": "sing",
    "sung": "sing", "flew": "fly", "flown": "fly", "went": "go", "gone": "go", "got": "get",
    "gave": "give",
    "given": "give", "took": "take", "taken": "take", "held": "hold", "led": "lead", "built": "build",
    "born": "birth", "died": "die", "left": "leave", "came": "come", "ran": "run", "began": "begin",
    "drove": "drive", "driven": "drive", "chose": "choose", "chosen": "choose", "broke": "break",
    "grew": "grow", "knew": "know", "known": "know", "saw": "see", "seen": "see", "met": "meet",
    "did": "do", "done": "do", "does": "do", "was": "be", "were": "be", "is": "be", "are": "be",
    "has": "have", "had": "have", "cost": "cost", "costs": "cost",
}  # fmt: skip
_INVARIANT = frozenset(
    {"this", "its", "his", "always", "perhaps", "plus", "gas", "bus", "lens", "chess", "yes", "us"}
)
_ENDINGS = (
    "ations", "ation", "ments", "ment", "ings", "ing", "ions", "ion", "eds", "ed", "ers", "er", "ors", "or",
)  # fmt: skip
_VOWELS = frozenset("aeiouy")


@lru_cache(maxsize=50_000)
def lemma(word: str) -> str:
    """Return the singular of a noun or the base of an irregular verb; other words are returned unchanged."""
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if len(word) < 4 or not word.endswith("s") or word in _INVARIANT or word.endswith(("ss", "us", "is")):
        return word
    if word.endswith("ies"):
        return word[:-3] + "y"
    if word.endswith("uses") and len(word) > 5:
        return word[:-2]
    if word.endswith(("sses", "shes", "ches", "xes", "zes")):
        return word[:-2]
    return word[:-1]


@lru_cache(maxsize=50_000)
def root(word: str) -> str:
    """Return the stem that `ship`, `shipped` and `shipping` share. Greedy: matches by stem are discounted."""
    base = lemma(word)
    for ending in _ENDINGS:
        if base.endswith(ending) and len(base) - len(ending) >= 3 and _VOWELS & set(base[: -len(ending)]):
            base = base[: -len(ending)]
            break
    if len(base) > 3 and base[-1] == base[-2] and base[-1] not in "lsz":
        base = base[:-1]
    return base[:-1] if len(base) > 3 and base[-1] in "ey" else base
