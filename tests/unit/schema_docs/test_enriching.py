from schema_docs.enriching import tag
from schema_docs.note_files import NotesFile
from schema_docs.notes import read_notes
from schema_docs.schema_map import Note
from store.catalog import Catalog, Column, Table

PEOPLE = Table("public", "people", (Column("id", "int", "integer"), Column("email", "text", "text")))
CATALOG = Catalog("postgres", (PEOPLE,), "public")
SCHEMA = """
models:
  - name: people
    config: {tags: hr}
    columns:
      - {name: email, tags: [pii], meta: {tags: [contact]}}
"""


def test_tags_of_notes_are_on_the_catalog() -> None:
    (people,) = read_notes([NotesFile("schema.yml", SCHEMA)], CATALOG).enrich(CATALOG)
    assert people.tags == ("hr",)
    assert [column.tags for column in people.columns] == [(), ("pii", "contact")]


def test_a_tag_is_there_once() -> None:
    tagged = tag(
        tag(PEOPLE, {"public.people": Note(tags=("hr",))}), {"public.people": Note(tags=("hr", "x"))}
    )
    assert tagged.tags == ("hr", "x")
