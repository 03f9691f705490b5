"""Pages of a glossary: Markdown with YAML in front, which says what a term is about."""

import re

from schema_docs.errors import NotesUnreadable
from schema_docs.yaml_tree import Branch, read_tree

_FENCE = re.compile(r"---[ \t]*$", re.MULTILINE)
_HEADING = re.compile(r"\s*#+[ \t]+([^\n]+)\n?")
_NAMES = ("term", "metric", "name", "title")
_DESCRIBED = ("description", "definition", "meaning")


def read_page(text: str, file: str) -> Branch:
    """Give a page as `schema.yml` would say it, with lines as they are in the file.

    Raises `NotesUnreadable` where there is no front matter, or none that can be read.
    """
    text = text.replace("\r\n", "\n")
    fences = [found for found in _FENCE.finditer(text)][:2]
    if len(fences) < 2 or text[: fences[0].start()].strip():
        raise NotesUnreadable(file, 1, "There is no front matter: YAML between two lines of `---`.")
    # The fence's own line stays as an empty one, so that lines count from the file's beginning.
    before = text.count("\n", 0, fences[0].end())
    root = read_tree("\n" * before + text[fences[0].end() : fences[1].start()], file)
    if not isinstance(root.value, dict):
        raise NotesUnreadable(file, root.line, "A mapping was expected between the lines of `---`.")
    return _as_notes(root, text[fences[1].end() :])


def _as_notes(root: Branch, body: str) -> Branch:
    """Put a page where its kind belongs: a table, a column, a term, or several terms."""
    assert isinstance(root.value, dict)
    heading = _HEADING.match(body)
    words = " ".join((body[heading.end() :] if heading else body).split())
    keys = set(root.value)
    given = dict(root.value)
    if words and not any(root.at(key).text() for key in _DESCRIBED):
        given["description"] = Branch(words, root.line)
    if heading and not keys & {*_NAMES, "table", "column", "terms", "metrics", "models", "sources"}:
        given["term"] = Branch(heading[1].strip(), root.line)
    entry = Branch(given, root.line, root.repeated)
    if keys & {"terms", "metrics", "models", "sources"}:
        return root
    if set(given) & set(_NAMES):
        kind = "metrics" if "metric" in keys or _kind(root) == "metric" else "terms"
        return Branch({kind: Branch([entry], root.line)}, root.line, root.repeated)
    if keys & {"table", "column"}:
        return _of_table(entry)
    return root


def _kind(root: Branch) -> str:
    return (root.at("kind").text() or root.at("type").text()).casefold()


def _of_table(entry: Branch) -> Branch:
    """A page on one table, or on one column, written `table: orders` and `column: total`, or in one."""
    table, column = entry.at("table").text(), entry.at("column").text()
    if column and not table:
        table, _, column = column.rpartition(".")
    meta = {key: entry.at(key) for key in ("synonyms", "label", "unit") if entry.at(key).value}
    told = {
        "name": Branch(column or table, entry.at("column" if column else "table").line),
        "description": next((entry.at(key) for key in _DESCRIBED if entry.at(key).text()), Branch(None, 1)),
        "meta": Branch(meta, entry.line),
    }
    branch = Branch(told, told["name"].line)
    if column:
        inside = {"name": Branch(table, branch.line), "columns": Branch([branch], branch.line)}
        branch = Branch(inside, branch.line)
    return Branch({"models": Branch([branch], branch.line)}, entry.line, entry.repeated)
