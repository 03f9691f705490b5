"""Text processing of names and questions: tokenizer, stemmer, spelling."""
