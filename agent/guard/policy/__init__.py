"""Policies as people write them: read, held against a catalog, and turned into an access."""
