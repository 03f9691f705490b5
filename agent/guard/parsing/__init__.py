"""SQL parsing: tokenizer, parser, normalization, dialect rewrites."""
