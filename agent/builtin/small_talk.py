"""Small talk and schema questions: replies that need no query, and refusals of write requests."""

import re

from agent.builtin.nlg.inflection import pluralize
from agent.builtin.schema.model import Schema
from schema_docs.text.lemmatizer import lemma
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
# `show me how to delete` is small talk as well; `show deleted orders` is a question.
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
# Phrases about rows, not about the schema: `all in the item table`, `who have no date field`.
_LOCATION_PHRASE = re.compile(
    r"\b(?:in|from) (?:the |this )?(?:\w+ ){1,3}table\b"
    r"|\b(?:have|has|having|with|without) (?:an? |no |any )?(?:\w+ ){0,2}(?:fields?|columns?)\b",
    re.IGNORECASE,
)
_SCHEMA_WORDS = ("table", "field", "column", "structure", "schema")
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

REFUSAL = "I can only read data and cannot change anything in the database. Ask me to show something instead."


def is_write_request(question: str) -> bool:
    """Match a request to change the database."""
    return bool(_WRITES.match(question.strip()))


def asks_for_explanation(question: str) -> bool:
    """Match a question about the previous answer itself: `why?`, `how did you get that?`."""
    return bool(_WHY.match(question.strip()))


def small_talk_reply(question: str, schema: Schema) -> str | None:
    """Reply to a greeting, to thanks or to a call for help; None for other input."""
    text = question.strip()
    if _HELLO.match(text):
        return f"Hello! Ask me about {_table_list(schema)}; for example: {_example_question(schema)}"
    if _THANKS.match(text):
        return "You are welcome. Ask me anything else about the data."
    if _HELP.match(text):
        return (
            "I answer questions about the data: counts, lists, sums and averages, highest and lowest "
            f"values, by group and over time. I know about {_table_list(schema)}. "
            f"Try: {_example_question(schema)}"
        )
    return None


def describe_schema(question: str, schema: Schema) -> str | None:
    """Describe the database, or the table that is asked about; None if the question asks for data."""
    text = question.strip()
    if not (_SCHEMA.match(_remove_data_words(text, schema)) or _DESCRIBE.match(text)):
        return None
    table = _find_table(text, schema)
    return _describe_table(table, schema) if table else _describe_database(schema)


def _remove_data_words(question: str, schema: Schema) -> str:
    """Remove words such as `field` and `table` that name data here: a farm has fields."""
    schema_words = [
        word for word in _SCHEMA_WORDS if any(ref.score >= 0.9 for ref in schema.names.find([word]))
    ]
    without_places = _LOCATION_PHRASE.sub(" ", question)
    if not schema_words:
        return without_places
    return re.sub(rf"\b(?:{'|'.join(schema_words)})s?\b", " ", without_places, flags=re.I)


def _find_table(question: str, schema: Schema) -> str | None:
    words = [w.lower() for w in re.findall(r"\w+", question)]
    for length in (3, 2, 1):
        for start in range(len(words) - length + 1):
            references = schema.names.find([lemma(word) for word in words[start : start + length]])
            tables = [ref for ref in references if ref.kind == "table" and ref.score >= 0.9]
            if tables and words[start] not in {"data", "database", "table", "tables"}:
                return tables[0].table
    return None


def _table_list(schema: Schema) -> str:
    names = [pluralize(schema.table_label(table)) for table in schema.roles]
    if len(names) > 8:
        return ", ".join(names[:8]) + f" and {len(names) - 8} more tables"
    return ", ".join(names[:-1]) + (f" and {names[-1]}" if len(names) > 1 else "".join(names))


def _example_question(schema: Schema) -> str:
    largest = max(
        schema.roles.values(),
        key=lambda roles: len(roles.date_columns) * 2 + len(roles.table.columns),
        default=None,
    )
    return (
        f"“How many {pluralize(schema.table_label(largest.name))} are there?”"
        if largest
        else "“What do you know about?”"
    )


def _describe_database(schema: Schema) -> str:
    lines = []
    for name, roles in schema.roles.items():
        rows = f" ({roles.table.row_estimate:,} rows)" if roles.table.row_estimate else ""
        description = schema.map.note(name).description or roles.table.comment or _column_list(name, schema)
        lines.append(f"- {pluralize(schema.table_label(name))}{rows}: {description}")
    return f"I know about {len(lines)} tables:\n" + "\n".join(lines)


def _column_list(table: str, schema: Schema) -> str:
    names = [schema.column_label(table, column.name) for column in schema.roles[table].table.columns]
    return ", ".join(names[:8]) + (" …" if len(names) > 8 else "")


def _describe_table(name: str, schema: Schema) -> str:
    roles = schema.roles[name]
    rows = f", {roles.table.row_estimate:,} rows" if roles.table.row_estimate else ""
    description = schema.map.note(name).description or roles.table.comment or ""
    lines = [f"{pluralize(schema.table_label(name)).capitalize()}{rows}. {description}".strip(), "Each has:"]
    lines += [_describe_column(name, column, schema) for column in roles.table.columns]
    joined_tables = dict.fromkeys(edge.other for edge in schema.graph.edges(name) if edge.other != name)
    if joined_tables:
        lines.append(
            "Joined with: " + ", ".join(pluralize(schema.table_label(other)) for other in joined_tables) + "."
        )
    return "\n".join(lines)


def _describe_column(table: str, column: Column, schema: Schema) -> str:
    note = schema.map.note(table, column.name)
    label = schema.column_label(table, column.name)
    description = note.description or column.comment or ""
    profile = schema.map.profile(table, column.name)
    sample = ""
    if profile and column.name not in schema.roles[table].key_columns:
        if column.kind == "text" and 0 < profile.distinct_count <= 12:
            sample = " One of: " + ", ".join(profile.values[:12]) + "."
        elif profile.smallest is not None and column.kind not in {"text", "boolean"}:
            sample = f" From {profile.smallest} to {profile.largest}."
    return f"- {label}" + (f": {description}" if description else "") + sample
