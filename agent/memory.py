"""What a conversation keeps of its past: a bounded window of turns and a summary of the older ones."""

from dataclasses import replace

from agent.analyst import Memory, Turn

# Enough for "the second one" and "same for 2024"; a stored conversation stays a few kilobytes for ever.
MOST_TURNS = 8
MOST_REPLY = 600
MOST_SUMMARY = 1_500


def remember(memory: Memory, turn: Turn) -> Memory:
    """Add a turn; the oldest beyond the window leave one line each in the summary."""
    turns = (*memory.turns, _shortened(turn))
    gone, kept = turns[:-MOST_TURNS], turns[-MOST_TURNS:]
    return Memory(kept, _summarised(memory.summary, gone))


def _shortened(turn: Turn) -> Turn:
    if len(turn.reply) <= MOST_REPLY:
        return turn
    return replace(turn, reply=turn.reply[: MOST_REPLY - 1] + "…")


def _summarised(summary: str, gone: tuple[Turn, ...]) -> str:
    """Newest lines win: the summary is cut at its beginning, at a line's edge."""
    lines = [line for line in summary.splitlines() if line]
    lines += [f"Asked: {turn.standalone[:200]} – {turn.outcome}." for turn in gone]
    while len("\n".join(lines)) > MOST_SUMMARY:
        lines.pop(0)
    return "\n".join(lines)
