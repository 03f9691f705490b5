"""Query results: comparison, query fingerprints, empty-result diagnosis, and the text shown for them."""
