"""SQL parsing for the guard: tokenizer, parser, normalization, and dialect rewrites for printing."""
