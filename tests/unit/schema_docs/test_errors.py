from schema_docs.errors import MapError, NotesUnreadable, NotMapped, SyncInProgress


def test_every_error_is_one_sentence_that_names_what_it_is_about() -> None:
    errors: list[MapError] = [
        NotMapped("shop"),
        SyncInProgress("shop"),
        NotesUnreadable("shop.yml", 3, "No."),
    ]
    for error in errors:
        assert "shop" in str(error)
        assert str(error).endswith(".")
