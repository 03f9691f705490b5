"""Text processing of names and questions: tokenizer, stemmer, abbreviations, spelling."""
