"""Where nobody can be asked, the likeliest reading is taken and said."""

from agent.analyst import Intent
from agent.clarify import take_likeliest

UNCLEAR = Intent("unclear", "best?", "By what?", ("By sum?", "By count?"), likeliest="By sum?")


def test_the_likeliest_reading_becomes_the_question() -> None:
    taken = take_likeliest(UNCLEAR)
    assert (taken.kind, taken.question, taken.reply, taken.choices) == ("data", "By sum?", None, ())


def test_it_is_said_that_a_choice_was_made() -> None:
    assert take_likeliest(UNCLEAR).assumptions == ("Taken as “By sum?”; it could also mean “By count?”.",)


def test_the_only_reading_has_no_others() -> None:
    only = Intent("unclear", "best?", choices=("By sum?",), likeliest="By sum?")
    assert take_likeliest(only).assumptions == ("Taken as “By sum?”.",)
