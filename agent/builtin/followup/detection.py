"""Tell how a question leans on the one before it."""

import re

_STARTS = """
and|but|also|or|now|then|ok|okay|so|what about|how about|what if|only|just|same|instead|sort
order by|order them|order it
order these|order those|group|by|per|those|these|them|from|in|with|without|for|which one|which ones
which of|who of|of these|of those
of them|among these|among those|among them|excluding|except|not|since|before|after|last|this
the same|the top|make it|break
split|limit|add|include|exclude|remove the|show their|show its|show them|show those|show these
show only|show also|show just
show me their|show me its|show me them|show me those|show me these|show me only|show me also
show me just|list their|list its
list them|list those|give their|give me their|give them|give its|what is their|what are their
what is its|what are its
what are they|what were they|who are they|who were they|what are those|keep|rank|reverse
in descending|in ascending|which has
which have|what else|who else|anything else|how many of|older|younger|more|less|cheaper|between
"""
_START = re.compile(rf"^(?:{'|'.join(_STARTS.strip().replace(chr(10), '|').split('|'))})\b", re.IGNORECASE)
_POINTING = re.compile(
    r"\b(?:them|those|these|their|theirs|they|its|ones|of it|that one|the same|this one|the former|"
    r"his|her|he|she"
    r"|also|too|as well|instead|than that|than this|that number|this number|those counts)\b",
    re.IGNORECASE,
)
_LEAD = r"(?:(?:and|so|but|ok|okay|now),? )?"
_COUNTING = re.compile(
    rf"^{_LEAD}(?:how many(?: of (?:these|those|them|they))?(?: (?:are|were) (?:there|those|these|"
    rf"they|that)| is that)?"
    r"|count (?:them|those|these)|how many (?:rows|results|entries))\s*(?:in total|all together|"
    r"altogether)?\s*[?.!]*$",
    re.IGNORECASE,
)
_LISTING = re.compile(
    rf"^{_LEAD}(?:what|who|which(?: ones)?)(?: all)? (?:are|were) (?:they|those|these|them)\s*[?.!]*$"
    rf"|^{_LEAD}(?:list|show|name|display|give)(?: me)?(?: all(?: of)?)? (?:them|those|"
    rf"these)(?: all)?\s*[?.!]*$",
    re.IGNORECASE,
)
_ITS_NUMBER = re.compile(
    r"\b(?:by|of) (?:this|that|the|these|those|its|their)? ?(?:numbers?|counts?|amounts?|totals?|"
    r"values?)\b",
    re.IGNORECASE,
)
_EACH_OF_THEM = re.compile(
    r"\b(?:for )?(?:each|every one)(?: one)?(?: of (?:them|these|those))?(?: \w+)?", re.IGNORECASE
)
_ADDING = re.compile(
    r"^with\b|\b(?:and|also|too|add|include|plus|as well|along with|together with)\b", re.IGNORECASE
)


def leans(question: str) -> bool:
    """Whether a question cannot stand alone, by its wording."""
    asked = question.strip()
    return bool(_START.match(asked) or _POINTING.search(asked)) or len(asked.split()) <= 2


def asks_how_many(question: str) -> bool:
    """`how many are there?`"""
    return bool(_COUNTING.match(question.strip()))


def asks_to_list(question: str) -> bool:
    """`who are they?`, `list them`."""
    return bool(_LISTING.match(question.strip()))


def asks_to_show(question: str) -> bool:
    """`show me the ones from Berlin`."""
    return bool(
        re.match(
            r"^(?:show|list|give|which|who|name|display|what are|tell)\b", question.strip(), re.IGNORECASE
        )
    )


def sorts_by_its_number(question: str) -> bool:
    """`sort them by this number`."""
    return bool(_ITS_NUMBER.search(question))


def speaks_of_each(question: str) -> bool:
    """`for each of them, how many …`."""
    return bool(re.search(r"\beach\b", question, re.IGNORECASE)) and bool(_EACH_OF_THEM.search(question))


def unit_before(question: str) -> str | None:
    """The unit in `and the month before?`."""
    found = re.search(r"\b(day|week|month|quarter|year) before\b(?! \w)", question, re.IGNORECASE)
    return found.group(1).lower() if found else None


def wants_both(question: str) -> bool:
    """`also the maximum`: the other measure stays."""
    return bool(re.search(r"\b(?:also|too|as well|plus|add|include)\b", question, re.IGNORECASE))


def speaks_of_many(question: str) -> bool:
    """`only those in stock`."""
    return bool(re.search(r"\b(?:those|them|these|ones)\b", question, re.IGNORECASE))


def asks_shortly(question: str) -> bool:
    """`what was the revenue?`: a measure with nothing said of which rows."""
    return bool(
        re.match(
            r"^(?:and |so )?(?:what|how much|how high) (?:is|was|were|"
            r"are) (?:the )?[\w-]+(?: [\w-]+)?\s*\?*$",
            question.strip(),
            re.I,
        )
    )


def adds(question: str) -> bool:
    """`and their names`, `also the price`: what was shown stays."""
    return bool(_ADDING.search(question))
