"""Example use cases: validate examples against the schema, import, propose, verify and archive them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from agent.analyst import Turn
from agent.guard.verdict import Rejected
from graph.errors import InvalidAdminRequest
from graph.ports import Judge
from schema_docs.examples.files import ParsedExamples
from schema_docs.notes.notes import NoteProblem
from schema_docs.retriever import SchemaRetriever
from store.catalog import Catalog
from store.connections.connections import Connection
from store.examples import Example, ExampleStatus, ExampleStore, NewExample
from store.runs.records import Run

# Longer texts are no good few-shot examples.
MAX_QUESTION_LENGTH = 1_000


@dataclass(frozen=True)
class ExampleCurator:
    """Validates examples with the guard that judges every query."""

    examples: ExampleStore
    judge: Judge

    async def rejections(self, queries: Mapping[int, str], catalog: Catalog) -> dict[int, str]:
        """Return the reasons why queries are rejected for this catalog, by their numbers."""
        verdicts = {number: await self.judge(sql, catalog) for number, sql in queries.items()}
        return {
            number: verdict.reason for number, verdict in verdicts.items() if isinstance(verdict, Rejected)
        }

    async def review(
        self, unchecked: Sequence[Example], connection_id: UUID, version: int, catalog: Catalog
    ) -> Sequence[str]:
        """Archive the examples that are rejected by a new map version; return their questions."""
        broken = await self.rejections({example.id: example.sql for example in unchecked}, catalog)
        await self.examples.mark_checked(connection_id, version, broken)
        return sorted(example.question for example in unchecked if example.id in broken)


@dataclass(frozen=True, slots=True)
class ImportedExamples:
    """Result of an import: how many examples were read, new and already stored, and which were left out."""

    read: int
    added: int
    known: int
    problems: tuple[NoteProblem, ...]


@dataclass(frozen=True)
class ExampleAdmin:
    """Example use cases. All methods raise `StoreUnavailable`."""

    retriever: SchemaRetriever
    curator: ExampleCurator

    async def add_all(self, connection: Connection, parsed: ParsedExamples, file: str) -> ImportedExamples:
        """Store the examples whose queries pass the guard; report the others. Raises `NotMapped`."""
        queries = {number: example.example.sql for number, example in enumerate(parsed.examples)}
        rejections = await self.curator.rejections(queries, await self._catalog(connection))
        accepted = [
            example.example for number, example in enumerate(parsed.examples) if number not in rejections
        ]
        added = await self.curator.examples.add(connection.id, accepted)
        rejected = [
            NoteProblem(file, parsed.examples[number].line, reason) for number, reason in rejections.items()
        ]
        return ImportedExamples(
            read=len(parsed.examples) + len(parsed.problems),
            added=added,
            known=len(accepted) - added,
            problems=tuple(sorted([*parsed.problems, *rejected], key=lambda problem: problem.line)),
        )

    async def add(self, connection: Connection, example: NewExample) -> bool:
        """Store one example; return whether it is new. Raises `InvalidAdminRequest` if it is rejected."""
        rejections = await self.curator.rejections({0: example.sql}, await self._catalog(connection))
        if rejections:
            raise InvalidAdminRequest(rejections[0])
        return await self.curator.examples.add(connection.id, [example]) > 0

    async def verify(self, connection: Connection, numbers: Sequence[int]) -> None:
        """Mark examples as verified. Raises `NotFound`, and `InvalidAdminRequest` if a query is rejected."""
        examples = self.curator.examples
        stored = {example.id: example.sql for example in await examples.all(connection.id)}
        queries = {number: stored[number] for number in numbers if number in stored}
        rejections = await self.curator.rejections(queries, await self._catalog(connection))
        for number, reason in rejections.items():
            raise InvalidAdminRequest(f"The query of example {number} is rejected: {reason}")
        for number in numbers:
            await examples.set_status(connection.id, number, "verified")

    async def archive(self, connection: Connection, numbers: Sequence[int], reason: str) -> None:
        """Archive examples: keep them, but stop using them. Raises `NotFound`."""
        for number in numbers:
            await self.curator.examples.set_status(connection.id, number, "archived", reason)

    async def list(self, connection: Connection, status: ExampleStatus | None = None) -> Sequence[Example]:
        """Return the examples of a connection, the newest first."""
        return await self.curator.examples.all(connection.id, status)

    async def _catalog(self, connection: Connection) -> Catalog:
        """Return the catalog of the current map, by which queries are judged."""
        return (await self.retriever.schema(connection.name)).catalog


def propose_example(run: Run, turn: Turn | None) -> NewExample | None:
    """Propose an example from a turn whose query a person approved; None for all other turns."""
    response = run.input.get("response")
    if turn is None or not isinstance(response, dict) or run.input.get("by", "person") != "person":
        return None
    is_approved = response.get("decision") in ("approve", "edit")
    if not is_approved or turn.outcome != "answered" or not turn.sql or not turn.row_count or turn.parts:
        return None
    if len(turn.standalone) > MAX_QUESTION_LENGTH:
        return None
    return NewExample(turn.standalone, turn.sql, run.user, "proposed", ("approved",))
