"""Row-level security and column masking by query rewriting."""
