"""Files of notes as people wrote them, read from a disk."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from schema_docs.errors import NotesUnreadable
from schema_docs.notes.dbt_manifest import MANIFEST, MOST_MANIFEST_BYTES, reduce_manifest
from schema_docs.notes.safe_yaml import MOST_BYTES

_YAML = (".yml", ".yaml")
_PAGE = (".md", ".markdown")
# Of dbt's own: how it is run, and with whose password. Nothing in there is about tables.
_NO_NOTES = frozenset(
    {"dbt_project.yml", "profiles.yml", "packages.yml", "package-lock.yml", "selectors.yml"}
)
# Copies of what others wrote about other tables.
_FOREIGN = frozenset({"dbt_packages", "dbt_modules", "node_modules", "site-packages"})


@dataclass(frozen=True, slots=True)
class NotesFile:
    """A file as it was written. Of a manifest, only what is used of it."""

    name: str
    text: str

    @property
    def rank(self) -> int:
        """Say who is right where two files differ: a page over dbt's YAML over dbt's manifest."""
        suffix = PurePosixPath(self.name).suffix.lower()
        return 2 if suffix in _PAGE else 0 if suffix == ".json" else 1


def read_files(path: Path) -> tuple[NotesFile, ...]:
    """Read one file, or every YAML file, page with front matter and manifest below a folder.

    Raises `OSError`. What cannot be understood is left for whoever reads the notes to report.
    """
    if path.is_dir():
        found = (_read(each, each.relative_to(path).as_posix()) for each in _below(path))
        return tuple(file for file in found if file.rank < 2 or file.text.startswith("---"))
    return (_read(path, path.name),)


def put_over(before: Iterable[NotesFile], after: Iterable[NotesFile]) -> tuple[NotesFile, ...]:
    """Add files to those that are there; one of the same name takes the place of the one before."""
    kept = {file.name: file for file in before}
    for file in after:
        kept.pop(file.name, None)
        kept[file.name] = file
    return tuple(kept.values())


def _below(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        inside = path.relative_to(folder).parts
        if any(part.startswith(".") or part in _FOREIGN for part in inside) or not path.is_file():
            continue
        suffix = path.suffix.lower()
        if path.name == MANIFEST or suffix in _PAGE or (suffix in _YAML and path.name not in _NO_NOTES):
            yield path


def _read(path: Path, name: str) -> NotesFile:
    is_manifest = path.suffix.lower() == ".json"
    most = MOST_MANIFEST_BYTES if is_manifest else MOST_BYTES
    with path.open("rb") as file:
        # One more than may be: then it is reported as too large, and never read whole.
        text = file.read(most + 1).decode("utf-8-sig", errors="replace")
    if is_manifest:
        try:
            text = reduce_manifest(text, name)
        except NotesUnreadable:
            # Whoever reads the notes says why; there is nothing to keep of it.
            return NotesFile(name, text[:MOST_BYTES])
    return NotesFile(name, text)
