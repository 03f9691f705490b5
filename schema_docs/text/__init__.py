"""Text processing of names and questions: tokenizers, lemmatizer, identifiers, abbreviations, spelling."""
