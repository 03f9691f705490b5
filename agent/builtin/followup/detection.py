"""Follow-up detection: patterns that tell how a question refers to the previous one."""

import re

_OPENINGS = """
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
_OPENING = re.compile(
    rf"^(?:{'|'.join(_OPENINGS.strip().replace(chr(10), '|').split('|'))})\b", re.IGNORECASE
)
_BACK_REFERENCE = re.compile(
    r"\b(?:them|those|these|their|theirs|they|its|ones|of it|that one|the same|this one|the former|"
    r"his|her|he|she"
    r"|also|too|as well|instead|than that|than this|that number|this number|those counts)\b",
    re.IGNORECASE,
)
_LEAD = r"(?:(?:and|so|but|ok|okay|now),? )?"
_COUNT_QUESTION = re.compile(
    rf"^{_LEAD}(?:how many(?: of (?:these|those|them|they))?(?: (?:are|were) (?:there|those|these|"
    rf"they|that)| is that)?"
    r"|count (?:them|those|these)|how many (?:rows|results|entries))\s*(?:in total|all together|"
    r"altogether)?\s*[?.!]*$",
    re.IGNORECASE,
)
_LIST_QUESTION = re.compile(
    rf"^{_LEAD}(?:what|who|which(?: ones)?)(?: all)? (?:are|were) (?:they|those|these|them)\s*[?.!]*$"
    rf"|^{_LEAD}(?:list|show|name|display|give)(?: me)?(?: all(?: of)?)? (?:them|those|"
    rf"these)(?: all)?\s*[?.!]*$",
    re.IGNORECASE,
)
_MEASURE_REFERENCE = re.compile(
    r"\b(?:by|of) (?:this|that|the|these|those|its|their)? ?(?:numbers?|counts?|amounts?|totals?|"
    r"values?)\b",
    re.IGNORECASE,
)
_EACH_PHRASE = re.compile(
    r"\b(?:for )?(?:each|every one)(?: one)?(?: of (?:them|these|those))?(?: \w+)?", re.IGNORECASE
)
_ADDITION = re.compile(
    r"^with\b|\b(?:and|also|too|add|include|plus|as well|along with|together with)\b", re.IGNORECASE
)


def is_follow_up(question: str) -> bool:
    """Check by its wording whether a question depends on the previous one."""
    text = question.strip()
    return bool(_OPENING.match(text) or _BACK_REFERENCE.search(text)) or len(text.split()) <= 2


def asks_for_count(question: str) -> bool:
    """Match a bare request for the number of rows: `how many are there?`."""
    return bool(_COUNT_QUESTION.match(question.strip()))


def asks_for_list(question: str) -> bool:
    """Match a bare request for the rows: `who are they?`, `list them`."""
    return bool(_LIST_QUESTION.match(question.strip()))


def asks_to_show(question: str) -> bool:
    """Match a request to list something: `show me the ones from Berlin`."""
    return bool(
        re.match(
            r"^(?:show|list|give|which|who|name|display|what are|tell)\b", question.strip(), re.IGNORECASE
        )
    )


def sorts_by_measure(question: str) -> bool:
    """Match sorting by the number already shown: `sort them by this number`."""
    return bool(_MEASURE_REFERENCE.search(question))


def mentions_each(question: str) -> bool:
    """Match a request per row: `for each of them, how many …`."""
    return bool(re.search(r"\beach\b", question, re.IGNORECASE)) and bool(_EACH_PHRASE.search(question))


def previous_period_unit(question: str) -> str | None:
    """Extract the unit of `and the month before?`."""
    match = re.search(r"\b(day|week|month|quarter|year) before\b(?! \w)", question, re.IGNORECASE)
    return match.group(1).lower() if match else None


def keeps_measures(question: str) -> bool:
    """Match an additional measure: `also the maximum` keeps the previous one."""
    return bool(re.search(r"\b(?:also|too|as well|plus|add|include)\b", question, re.IGNORECASE))


def mentions_plural(question: str) -> bool:
    """Match a plural reference to previous rows: `only those in stock`."""
    return bool(re.search(r"\b(?:those|them|these|ones)\b", question, re.IGNORECASE))


def is_short_measure_question(question: str) -> bool:
    """Match a measure without any condition: `what was the revenue?`."""
    return bool(
        re.match(
            r"^(?:and |so )?(?:what|how much|how high) (?:is|was|were|"
            r"are) (?:the )?[\w-]+(?: [\w-]+)?\s*\?*$",
            question.strip(),
            re.I,
        )
    )


def adds_columns(question: str) -> bool:
    """Match additional columns: `and their names`, `also the price` keep the previous ones."""
    return bool(_ADDITION.search(question))
