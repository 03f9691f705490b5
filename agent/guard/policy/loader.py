"""Policy loader: parses a policy file safely and reports every problem with its line."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from pydantic import ValidationError

from agent.errors import InvalidPolicy
from agent.guard.policy.schema import ANY_ROLE, PolicyFile
from schema_docs.errors import NotesUnreadable
from schema_docs.notes.safe_yaml import YamlNode, parse_yaml
from store.access.roles import NO_ACCESS, Access, Claim, Role

MAX_BYTES = 200_000
MAX_PROBLEMS = 20
_MESSAGES = {"extra_forbidden": "unknown key", "missing": "this key is required"}


@dataclass(frozen=True)
class AccessPolicy:
    """The roles of one connection; `identity` is a hash of the policy's text."""

    roles: Mapping[str, Role]
    identity: str
    salt: str = field(default="", repr=False)

    def access(self, role: str, claims: Mapping[str, Claim]) -> Access:
        """Return the access of a role; an unlisted role gets that of `*`, or none."""
        resolved = self.roles.get(role, self.roles.get(ANY_ROLE, NO_ACCESS))
        return Access(resolved, tuple(sorted(claims.items())), self.identity, self.salt)


def parse_policy(text: str, file: str = "policy.yaml", salt: str = "") -> AccessPolicy:
    """Parse a policy. Raises `InvalidPolicy` with all problems."""
    if len(text.encode(errors="replace")) > MAX_BYTES:
        raise InvalidPolicy([f"{file}, line 1: The file is larger than {MAX_BYTES:,} bytes."])
    try:
        root = parse_yaml(text, file)
    except NotesUnreadable as error:
        raise InvalidPolicy([str(error)]) from error
    duplicates = [f"{file}, line {line}: duplicate key {key!r}." for key, line in _duplicate_keys(root)]
    if duplicates:
        raise InvalidPolicy(duplicates)
    try:
        policy_file = PolicyFile.model_validate(_to_plain(root))
    except ValidationError as error:
        problems = [_describe(file, root, details) for details in error.errors()[:MAX_PROBLEMS]]
        raise InvalidPolicy(list(dict.fromkeys(problems))) from error
    roles = {name: role.to_role() for name, role in policy_file.roles.items()}
    return AccessPolicy(roles, sha256(text.encode()).hexdigest()[:12], salt)


def _to_plain(branch: YamlNode) -> Any:
    match branch.value:
        case dict() as pairs:
            return {key: _to_plain(child) for key, child in pairs.items()}
        case list() as items:
            return [_to_plain(item) for item in items]
    return branch.value


def _duplicate_keys(branch: YamlNode) -> Iterable[tuple[str, int]]:
    """Yield duplicate keys with their lines: YAML would silently ignore all but the last."""
    yield from branch.repeated
    match branch.value:
        case dict() as pairs:
            for child in pairs.values():
                yield from _duplicate_keys(child)
        case list() as items:
            for item in items:
                yield from _duplicate_keys(item)


def _child(branch: YamlNode, step: int | str) -> YamlNode | None:
    value = branch.value
    if isinstance(value, list):
        return value[step] if isinstance(step, int) and step < len(value) else None
    return value.get(str(step)) if isinstance(value, dict) else None


def _describe(file: str, root: YamlNode, details: Any) -> str:
    """Turn a validation error into a sentence that begins with its place in the file."""
    branch, path = root, list[str]()
    for step in details["loc"]:
        child = _child(branch, step)
        if child is not None or isinstance(branch.value, dict):
            path.append(str(step))
        branch = child or branch
    message = _MESSAGES.get(details["type"]) or str(details["msg"]).removeprefix("Value error, ")
    location = ".".join(path) or "the file"
    return f"{file}, line {branch.line}: {location}: {message[:1].lower()}{message[1:]}."
