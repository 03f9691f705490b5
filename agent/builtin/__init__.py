"""Built-in analyst: deterministic text-to-SQL without a language model, from words to SQL to answer text."""
