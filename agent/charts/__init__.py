"""Charts of query results, chosen by the shape of the result and built by code, never by a model."""
