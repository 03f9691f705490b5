"""Schema search: ranking, table selection, vector indexes, packing into the token budget."""
