from dataclasses import dataclass, field
from typing import cast
from uuid import UUID

import pytest

from schema_docs.cabinet import Asked, Cabinet, Sight
from schema_docs.embedder import WordLlamaEmbedder
from schema_docs.found import FoundValue
from store.access import Access, Choice, Role
from store.catalog import Catalog, Column, Table
from store.examples import Example, Examples, Status
from store.map_records import MapHead
from store.visible import visible

PETS = Catalog(
    "sqlite", (Table(None, "pets", (Column("name", "text", "text"), Column("pay", "text", "text"))),)
)
REX = Example(1, "Which pets are called Rex?", "SELECT name FROM pets WHERE name = 'Rex'", "ann", "verified")
PAY = Example(2, "Which pets are paid?", "SELECT pay FROM pets", "ann", "verified")
ONE = UUID(int=1)


@dataclass
class OneDrawer:
    examples: list[Example]
    asked: list[UUID] = field(default_factory=list)

    async def all(self, connection_id: UUID, status: Status | None = None) -> list[Example]:
        self.asked.append(connection_id)
        return self.examples


def cabinet(drawer: OneDrawer) -> Cabinet:
    return Cabinet(cast(Examples, drawer))


EVERYBODY = Sight(PETS, PETS, None)


@pytest.mark.parametrize("embedder", [None, WordLlamaEmbedder()])
async def test_examples_are_found_with_the_values_of_the_question_left_out(
    embedder: WordLlamaEmbedder | None,
) -> None:
    asked = Asked("Which pets are called Tom?", [FoundValue("pets", "name", "Tom", "Tom", 1.0)])
    found = await cabinet(OneDrawer([REX, PAY])).find(asked, MapHead(ONE, 1, "", 1), EVERYBODY, embedder)
    assert found[0].id == 1
    assert found[0].score > 0.9


async def test_examples_are_read_again_only_when_they_have_changed() -> None:
    drawer = OneDrawer([REX])
    kept = cabinet(drawer)
    for changes in (1, 1, 2):
        await kept.find(Asked("Which pets?"), MapHead(ONE, 1, "", changes), EVERYBODY, None)
    assert drawer.asked == [ONE, ONE]


async def test_what_names_something_hidden_is_not_found() -> None:
    access = Access(Role(columns=Choice(hide=("pets.pay",))))
    sight = Sight(PETS, visible(PETS, access), access)
    found = await cabinet(OneDrawer([PAY])).find(Asked(PAY.question), MapHead(ONE, 1, "", 1), sight, None)
    assert found == ()
