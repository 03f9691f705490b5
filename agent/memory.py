"""Conversation memory: a bounded window of recent turns and a summary of the older ones."""

from dataclasses import replace

from agent.analyst import Memory, Turn

# Enough for "the second one" and "same for 2024", while a stored conversation stays at a few kilobytes.
MAX_TURNS = 8
MAX_REPLY = 600
MAX_SUMMARY = 1_500


def remember(memory: Memory, turn: Turn) -> Memory:
    """Append a turn; turns that leave the window add one line each to the summary."""
    turns = (*memory.turns, _truncate_reply(turn))
    evicted, recent = turns[:-MAX_TURNS], turns[-MAX_TURNS:]
    return Memory(recent, _extend_summary(memory.summary, evicted))


def _truncate_reply(turn: Turn) -> Turn:
    if len(turn.reply) <= MAX_REPLY:
        return turn
    return replace(turn, reply=turn.reply[: MAX_REPLY - 1] + "…")


def _extend_summary(summary: str, evicted: tuple[Turn, ...]) -> str:
    """Append the evicted turns; the oldest lines are dropped until the summary fits."""
    lines = [line for line in summary.splitlines() if line]
    lines += [f"Asked: {turn.standalone[:200]} – {turn.outcome}." for turn in evicted]
    while len("\n".join(lines)) > MAX_SUMMARY:
        lines.pop(0)
    return "\n".join(lines)
