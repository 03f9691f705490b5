"""Natural-language generation of replies from plans and rows."""
