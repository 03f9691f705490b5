from agent.builtin.lexicon.function_words import SIGNS, Sign, read_signs


def test_sections_of_phrases_are_taken_apart() -> None:
    signs = read_signs("# words\n\n== op >\nmore than | over\n== op > : age\nolder than |\nover\n")
    assert signs == {
        "more than": (Sign("op", ">"),),
        "over": (Sign("op", ">"), Sign("op", ">", "age")),
        "older than": (Sign("op", ">", "age"),),
    }


def test_degrees_know_what_they_are_about() -> None:
    assert SIGNS["cheapest"][0] == Sign("sup", "asc", "price|cost|fee|charge|amount|rate|value")
    assert SIGNS["at least"][0] == Sign("op", ">=")
