"""Leaves out what a model thinks aloud before it answers: `<think>…</think>`, as open models write it."""

BEGIN, END = "<think>", "</think>"


def without_thoughts(text: str) -> str:
    """Give what stands after the thoughts; some models begin them without a mark."""
    return text.rpartition(END)[2] if END in text else text


class Aloud:
    """The same for an answer that comes in pieces: thoughts can only be told there by their first mark."""

    def __init__(self) -> None:
        self._waiting = ""
        self._thinking = False
        self._answering = False

    def feed(self, piece: str) -> str:
        """Take a piece; give what is not thought."""
        if self._answering:
            return piece
        self._waiting += piece
        return self._in_thought() if self._thinking else self._at_start()

    def finish(self) -> str:
        """Give what was still waiting; thoughts without an end are no answer."""
        rest = "" if self._thinking else self._waiting
        self._waiting = ""
        return rest

    def _at_start(self) -> str:
        begun = self._waiting.lstrip()
        if begun.startswith(BEGIN):
            self._thinking = True
            return self._in_thought()
        return "" if BEGIN.startswith(begun) else self._answer(self._waiting)

    def _in_thought(self) -> str:
        _, mark, after = self._waiting.partition(END)
        if mark and (said := after.lstrip()):
            return self._answer(said)
        # Only an end that comes in two pieces must be kept, and the end itself.
        self._waiting = END if mark else self._waiting[-len(END) :]
        return ""

    def _answer(self, said: str) -> str:
        self._answering, self._thinking, self._waiting = True, False, ""
        return said
