"""From a policy file to values: YAML read safely, every fault told with its line."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from pydantic import ValidationError

from agent.errors import PolicyUnreadable
from agent.guard.policy.schema import ANYBODY, PolicyForm
from schema_docs.errors import NotesUnreadable
from schema_docs.notes.safe_yaml import Branch, read_tree
from store.access.roles import NOTHING, Access, Claim, Role

MOST_BYTES = 200_000
MOST_TOLD = 20
_WORDS = {"extra_forbidden": "this is not known here", "missing": "this must be said"}


@dataclass(frozen=True)
class Policy:
    """The roles of one connection. `identity` tells one version from another."""

    roles: Mapping[str, Role]
    identity: str
    salt: str = field(default="", repr=False)

    def access(self, role: str, claims: Mapping[str, Claim]) -> Access:
        """What somebody in this role may see; in a role that is not listed, what anybody may, or nothing."""
        known = self.roles.get(role, self.roles.get(ANYBODY, NOTHING))
        return Access(known, tuple(sorted(claims.items())), self.identity, self.salt)


def read_policy(text: str, file: str = "policy.yaml", salt: str = "") -> Policy:
    """Read a policy. Raises `PolicyUnreadable`, which tells every fault that was found."""
    if len(text.encode(errors="replace")) > MOST_BYTES:
        raise PolicyUnreadable([f"{file}, line 1: The file is larger than {MOST_BYTES:,} bytes."])
    try:
        root = read_tree(text, file)
    except NotesUnreadable as error:
        raise PolicyUnreadable([str(error)]) from error
    twice = [f"{file}, line {line}: {key!r} is written twice." for key, line in _repeated(root)]
    if twice:
        raise PolicyUnreadable(twice)
    try:
        form = PolicyForm.model_validate(_plain(root))
    except ValidationError as error:
        told = [_tell(file, root, fault) for fault in error.errors()[:MOST_TOLD]]
        raise PolicyUnreadable(sorted(set(told), key=told.index)) from error
    roles = {name: role.as_role() for name, role in form.roles.items()}
    return Policy(roles, sha256(text.encode()).hexdigest()[:12], salt)


def _plain(branch: Branch) -> Any:
    match branch.value:
        case dict() as pairs:
            return {key: _plain(each) for key, each in pairs.items()}
        case list() as items:
            return [_plain(each) for each in items]
    return branch.value


def _repeated(branch: Branch) -> Iterable[tuple[str, int]]:
    """A key that is written twice has two meanings, and one of them would be lost."""
    yield from branch.repeated
    match branch.value:
        case dict() as pairs:
            for each in pairs.values():
                yield from _repeated(each)
        case list() as items:
            for each in items:
                yield from _repeated(each)


def _below(branch: Branch, step: int | str) -> Branch | None:
    inside = branch.value
    if isinstance(inside, list):
        return inside[step] if isinstance(step, int) and step < len(inside) else None
    return inside.get(str(step)) if isinstance(inside, dict) else None


def _tell(file: str, root: Branch, fault: Any) -> str:
    """Put a fault into a sentence that begins with where it is."""
    here, path = root, list[str]()
    for step in fault["loc"]:
        found = _below(here, step)
        if found is not None or isinstance(here.value, dict):
            path.append(str(step))
        here = found or here
    said = _WORDS.get(fault["type"]) or str(fault["msg"]).removeprefix("Value error, ")
    where = ".".join(path) or "the file"
    return f"{file}, line {here.line}: {where}: {said[:1].lower()}{said[1:]}."
