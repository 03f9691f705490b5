"""Schema search: ranking, table selection, vector indexes, packing."""
