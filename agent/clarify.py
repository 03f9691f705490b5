"""Deciding between readings where nobody can be asked."""

from dataclasses import replace

from agent.analyst import Intent


def take_likeliest(intent: Intent) -> Intent:
    """Take the likeliest reading of an unclear question, and say so. It must have one."""
    assert intent.likeliest is not None
    others = " or ".join(f"“{choice}”" for choice in intent.choices if choice != intent.likeliest)
    said = f"Taken as “{intent.likeliest}”" + (f"; it could also mean {others}." if others else ".")
    return replace(
        intent,
        kind="data",
        question=intent.likeliest,
        reply=None,
        choices=(),
        likeliest=None,
        assumptions=(*intent.assumptions, said),
    )
