"""Notes files as their authors wrote them, read from disk."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from schema_docs.errors import NotesUnreadable
from schema_docs.notes.dbt_manifest import MANIFEST_NAME, MAX_MANIFEST_BYTES, reduce_manifest
from schema_docs.notes.safe_yaml import MAX_FILE_BYTES

_YAML = (".yml", ".yaml")
_MARKDOWN = (".md", ".markdown")
# dbt's own configuration, with passwords; it says nothing about tables.
_DBT_CONFIG_FILES = frozenset(
    {"dbt_project.yml", "profiles.yml", "packages.yml", "package-lock.yml", "selectors.yml"}
)
# Third-party packages, which describe other tables.
_VENDORED_FOLDERS = frozenset({"dbt_packages", "dbt_modules", "node_modules", "site-packages"})


@dataclass(frozen=True, slots=True)
class NotesFile:
    """A notes file with its text; a manifest is reduced to the parts that are used."""

    name: str
    text: str

    @property
    def rank(self) -> int:
        """Precedence if two files differ: Markdown over dbt's YAML over dbt's manifest."""
        suffix = PurePosixPath(self.name).suffix.lower()
        return 2 if suffix in _MARKDOWN else 0 if suffix == ".json" else 1


def read_files(path: Path) -> tuple[NotesFile, ...]:
    """Read one file, or every YAML file, Markdown file with front matter and manifest below a folder.

    Raises `OSError`. Invalid content is reported when the notes are parsed.
    """
    if path.is_dir():
        files = (
            _read_file(file_path, file_path.relative_to(path).as_posix())
            for file_path in _iterate_paths(path)
        )
        return tuple(file for file in files if file.rank < 2 or file.text.startswith("---"))
    return (_read_file(path, path.name),)


def merge_files(existing: Iterable[NotesFile], additions: Iterable[NotesFile]) -> tuple[NotesFile, ...]:
    """Add files to existing ones; a file replaces another of the same name."""
    by_name = {file.name: file for file in existing}
    for file in additions:
        by_name.pop(file.name, None)
        by_name[file.name] = file
    return tuple(by_name.values())


def _iterate_paths(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        parts = path.relative_to(folder).parts
        if any(part.startswith(".") or part in _VENDORED_FOLDERS for part in parts) or not path.is_file():
            continue
        suffix = path.suffix.lower()
        if (
            path.name == MANIFEST_NAME
            or suffix in _MARKDOWN
            or (suffix in _YAML and path.name not in _DBT_CONFIG_FILES)
        ):
            yield path


def _read_file(path: Path, name: str) -> NotesFile:
    is_manifest = path.suffix.lower() == ".json"
    limit = MAX_MANIFEST_BYTES if is_manifest else MAX_FILE_BYTES
    with path.open("rb") as file:
        # One byte more than the limit: then the file is reported as too large without being read whole.
        text = file.read(limit + 1).decode("utf-8-sig", errors="replace")
    if is_manifest:
        try:
            text = reduce_manifest(text, name)
        except NotesUnreadable:
            # The error is reported when the notes are parsed.
            return NotesFile(name, text[:MAX_FILE_BYTES])
    return NotesFile(name, text)
