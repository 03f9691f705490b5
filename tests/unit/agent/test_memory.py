from agent.analyst import Memory, Turn
from agent.memory import MAX_REPLY, MAX_SUMMARY, MAX_TURNS, remember


def turn(number: int, reply: str = "So.") -> Turn:
    return Turn(f"question {number}", f"question {number}", reply, "answered")


def test_the_last_turns_stay_whole() -> None:
    memory = Memory()
    for number in range(MAX_TURNS + 3):
        memory = remember(memory, turn(number))

    assert [kept.question for kept in memory.turns] == [f"question {n}" for n in range(3, MAX_TURNS + 3)]
    assert "question 2" in memory.summary


def test_a_summary_forgets_its_oldest_lines() -> None:
    memory = Memory()
    for number in range(200):
        memory = remember(memory, turn(number))

    assert len(memory.summary) <= MAX_SUMMARY
    assert "question 191" in memory.summary
    assert "question 0 " not in memory.summary


def test_a_long_reply_is_shortened() -> None:
    memory = remember(Memory(), turn(1, reply="x" * 5_000))

    assert len(memory.turns[0].reply) == MAX_REPLY
