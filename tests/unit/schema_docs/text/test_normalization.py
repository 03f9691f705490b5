from schema_docs.text.normalization import normalize


def test_case_and_accents_do_not_matter() -> None:
    assert normalize("ZÜRICH") == normalize("zurich")
