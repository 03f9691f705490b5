"""`querent policy`: what the commands do."""

from pathlib import Path

from rich.console import Console

from agent.errors import PolicyUnreadable
from agent.guard.policy.loader import read_policy
from agent.guard.policy.validation import check_policy
from graph.compose import Parts, open_parts
from graph.settings import Settings
from transport.cli.guard_actions import read_policy_text
from transport.cli.runtime import Unusable
from transport.cli.service import opened


async def check(settings: Settings, name: str, file: Path, console: Console) -> tuple[str, ...]:
    """Say what of a policy does not work on a connection. Raises `Unusable`, `NotFound`, `NotMapped`."""
    text = read_policy_text(file)
    async with opened(open_parts, settings, console) as parts:
        return await _faults(parts, name, text, file.name)


async def keep(
    settings: Settings, name: str, file: Path, *, force: bool, console: Console
) -> tuple[str, ...]:
    """Put a policy in force when all of it works, or by force; say what does not. Raises as `check`."""
    text = read_policy_text(file)
    async with opened(open_parts, settings, console) as parts:
        faults = await _faults(parts, name, text, file.name)
        if force or not faults:
            await parts.policies.keep(name, text)
        return faults


async def show(settings: Settings, name: str, console: Console) -> str:
    """Give the policy in force. Raises `Unusable` when there is none, `NotFound`."""
    async with opened(open_parts, settings, console) as parts:
        await parts.connections.find(name)
        kept = await parts.policies.of(name)
    if kept is None:
        raise Unusable(f"{name} has no policy: whoever may ask sees everything.")
    return kept.body if kept.body.endswith("\n") else f"{kept.body}\n"


async def drop(settings: Settings, name: str, console: Console) -> bool:
    """Take a policy out of force. Raises `NotFound`."""
    async with opened(open_parts, settings, console) as parts:
        await parts.connections.find(name)
        return await parts.policies.drop(name)


async def _faults(parts: Parts, name: str, text: str, file: str) -> tuple[str, ...]:
    await parts.connections.find(name)
    try:
        policy = read_policy(text, file)
    except PolicyUnreadable as error:
        raise Unusable(str(error)) from error
    schema = await parts.library.schema(name)
    return check_policy(policy, schema.catalog)
