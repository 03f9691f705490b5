from schema_docs.common_words import common_stems


def test_it_knows_words_and_no_slips() -> None:
    assert {"distinct", "spring", "customer", "computer"} <= common_stems()
    assert not {"costumer", "adress", "emplyee"} & common_stems()
