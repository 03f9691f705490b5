from agent.builtin.lexicon.function_words import FUNCTION_WORDS, FunctionWord, parse_function_words


def test_sections_of_phrases_are_taken_apart() -> None:
    words = parse_function_words(
        "# words\n\n== comparison >\nmore than | over\n== comparison > : age\nolder than |\nover\n"
    )
    assert words == {
        "more than": (FunctionWord("comparison", ">"),),
        "over": (FunctionWord("comparison", ">"), FunctionWord("comparison", ">", "age")),
        "older than": (FunctionWord("comparison", ">", "age"),),
    }


def test_degrees_know_what_they_are_about() -> None:
    assert FUNCTION_WORDS["cheapest"][0] == FunctionWord(
        "superlative", "asc", "price|cost|fee|charge|amount|rate|value"
    )
    assert FUNCTION_WORDS["at least"][0] == FunctionWord("comparison", ">=")
