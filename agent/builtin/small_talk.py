"""Answer what needs no query: what is known about, greetings, and wishes to change something."""

import re

from agent.builtin.nlg.answer import plural
from agent.builtin.schema.model import Schema
from agent.builtin.text.lemmas import lemma
from store.catalog import Column

_WRITES = re.compile(
    r"^(?:(?:please|can you|could you|would you|i want (?:you )?to|i need (?:you )?to|you should|"
    r"now|just|then|and|go|let's|ok|okay)[ ,]+)*"
    r"(?:delete|drop|truncate|update|insert|alter|remove|erase|destroy|wipe|purge|overwrite|rename|"
    r"modify|edit|grant|revoke"
    r"|create (?:a |an |the )?(?:new )?(?:table|index|view|user|row|record|database|schema|customer|"
    r"order|product|column)"
    r"|add (?:a |an |the )(?:new )?\w+(?: \w+)? (?:to|into|called|named|for|with)|set (?:the |"
    r"all )?\w+(?: \w+)* (?:to|=)"
    r"|change (?:the |all |every )?\w+|increase (?:the |all )|decrease (?:the |all )|raise (?:the |"
    r"all )|reduce (?:the |all )|make all"
    r"|cancel (?:the |all |order|my )|refund (?:the |all |order)|merge (?:the |into))\b",
    re.IGNORECASE,
)
# `show me how to delete` is talk as well; `show deleted orders` is a question.
_HELLO = re.compile(
    r"^(?:hi|hello|hey|good (?:morning|afternoon|evening|day)|greetings|howdy|hallo)\b[\s\w,]{0,20}[!.?]*$",
    re.I,
)
_THANKS = re.compile(
    r"^(?:thanks?|thank you|thx|cheers|great|perfect|nice|cool|good job|well done|awesome|ok|okay|"
    r"got it|bye|goodbye)\b[\s\w,]{0,30}[!.?]*$",
    re.I,
)
_HELP = re.compile(
    r"^(?:help(?: me)?|what can you do|how (?:do|can) (?:i|you) (?:use|work|help).*|who are you|"
    r"what are you|how does this work|what can i ask(?: you)?)\s*[!.?]*$",
    re.I,
)
_SCHEMA = re.compile(
    r"^(?:so |and |ok |okay )?(?:what|which|tell me what|show me what|describe|explain|list|"
    r"show(?: me)?|do you know|tell me about)\b.*?"
    r"(?:\bdo you know\b|\byou know\b|\btables?\b|\bschema\b|\bcolumns?\b|\bfields?\b|"
    r"\bdata do (?:you|we) have\b|\bis in (?:the|this) database\b"
    r"|\bkind of data\b|\bdata is (?:there|available)\b|\bcan i ask\b|"
    r"\bdata(?:base)? (?:do you have|about|contain)\b|\bdata model\b|"
    r"\bstructure of (?:(?:the|this|your) )?(?:\w+ ){0,2}\w+\W*$|"
    r"\binformation do you have\b|\bstored (?:about|for|on)\b)",
    re.IGNORECASE,
)
# Where to look and what a row has are said of data: `all in the item table`, `who have no date field`.
_PLACE = re.compile(
    r"\b(?:in|from) (?:the |this )?(?:\w+ ){1,3}table\b"
    r"|\b(?:have|has|having|with|without) (?:an? |no |any )?(?:\w+ ){0,2}(?:fields?|columns?)\b",
    re.IGNORECASE,
)
_FORM = ("table", "field", "column", "structure", "schema")
_DESCRIBE = re.compile(
    r"^(?:describe|explain|what is in|what's in|what does .* (?:table|mean)|tell me about the table)\b", re.I
)
_WHY = re.compile(
    r"^(?:why|how (?:did|do) you (?:get|know|come|calculate|compute|work)|how so|how come|"
    r"explain|what did you do|how was (?:this|that|it) (?:calculated|computed))"
    r"(?: (?:is|was|are|to|up with|out))?(?: (?:that|this|it|so|those|these))?"
    r"(?: (?:number|result|answer))?\s*[?.!]*$",
    re.IGNORECASE,
)

REFUSAL = "I only read: nothing in the database can be changed from here. Ask me to show something instead."


def is_write(question: str) -> bool:
    """Whether a wish is to change the database."""
    return bool(_WRITES.match(question.strip()))


def is_why(question: str) -> bool:
    """Whether a question is about the last answer itself."""
    return bool(_WHY.match(question.strip()))


def chat(question: str, schema: Schema) -> str | None:
    """The reply to a greeting, thanks or a call for help; None where it is neither."""
    asked = question.strip()
    if _HELLO.match(asked):
        return f"Hello! Ask me about {_some_tables(schema)}; for example: {_example(schema)}"
    if _THANKS.match(asked):
        return "You are welcome. Ask on whenever you like."
    if _HELP.match(asked):
        return (
            "I answer questions about the data by reading it: counts, lists, sums and averages, the most "
            "and the least, "
            f"by group and over time. I know {_some_tables(schema)}. Try: {_example(schema)}"
        )
    return None


def describe(question: str, schema: Schema) -> str | None:
    """What is known about the database or the table that is asked about; None where data is asked for."""
    asked = question.strip()
    if not (_SCHEMA.match(_about_form(asked, schema)) or _DESCRIBE.match(asked)):
        return None
    table = _table_named(asked, schema)
    return _about_table(table, schema) if table else _about_everything(schema)


def _about_form(question: str, schema: Schema) -> str:
    """The question without what it says of rows: a farm has fields, a restaurant has tables."""
    own = [word for word in _FORM if any(ref.score >= 0.9 for ref in schema.names.find([word]))]
    without_places = _PLACE.sub(" ", question)
    return re.sub(rf"\b(?:{'|'.join(own)})s?\b", " ", without_places, flags=re.I) if own else without_places


def _table_named(question: str, schema: Schema) -> str | None:
    words = [w.lower() for w in re.findall(r"\w+", question)]
    for length in (3, 2, 1):
        for start in range(len(words) - length + 1):
            found = schema.names.find([lemma(word) for word in words[start : start + length]])
            tables = [ref for ref in found if ref.kind == "table" and ref.score >= 0.9]
            if tables and words[start] not in {"data", "database", "table", "tables"}:
                return tables[0].table
    return None


def _some_tables(schema: Schema) -> str:
    names = [plural(schema.spoken_table(table)) for table in schema.facts]
    if len(names) > 8:
        return ", ".join(names[:8]) + f" and {len(names) - 8} more tables"
    return ", ".join(names[:-1]) + (f" and {names[-1]}" if len(names) > 1 else "".join(names))


def _example(schema: Schema) -> str:
    largest = max(
        schema.facts.values(), key=lambda facts: len(facts.dates) * 2 + len(facts.table.columns), default=None
    )
    return (
        f"“How many {plural(schema.spoken_table(largest.name))} are there?”"
        if largest
        else "“What do you know about?”"
    )


def _about_everything(schema: Schema) -> str:
    lines = []
    for name, facts in schema.facts.items():
        rows = f" ({facts.table.row_estimate:,} rows)" if facts.table.row_estimate else ""
        about = schema.map.note(name).description or facts.table.comment or _columns_in_brief(name, schema)
        lines.append(f"- {plural(schema.spoken_table(name))}{rows}: {about}")
    return f"I know about {len(lines)} tables:\n" + "\n".join(lines)


def _columns_in_brief(table: str, schema: Schema) -> str:
    names = [schema.spoken_column(table, column.name) for column in schema.facts[table].table.columns]
    return ", ".join(names[:8]) + (" …" if len(names) > 8 else "")


def _about_table(name: str, schema: Schema) -> str:
    facts = schema.facts[name]
    rows = f", {facts.table.row_estimate:,} rows" if facts.table.row_estimate else ""
    about = schema.map.note(name).description or facts.table.comment or ""
    lines = [f"{plural(schema.spoken_table(name)).capitalize()}{rows}. {about}".strip(), "Each has:"]
    lines += [_about_column(name, column, schema) for column in facts.table.columns]
    near = dict.fromkeys(edge.other for edge in schema.graph.edges(name) if edge.other != name)
    if near:
        lines.append("Joined with: " + ", ".join(plural(schema.spoken_table(other)) for other in near) + ".")
    return "\n".join(lines)


def _about_column(table: str, column: Column, schema: Schema) -> str:
    note = schema.map.note(table, column.name)
    said = schema.spoken_column(table, column.name)
    about = note.description or column.comment or ""
    profile = schema.map.profile(table, column.name)
    seen = ""
    if profile and column.name not in schema.facts[table].keys:
        if column.kind == "text" and 0 < profile.distinct <= 12:
            seen = " One of: " + ", ".join(profile.values[:12]) + "."
        elif profile.smallest is not None and column.kind not in {"text", "boolean"}:
            seen = f" From {profile.smallest} to {profile.largest}."
    return f"- {said}" + (f": {about}" if about else "") + seen
