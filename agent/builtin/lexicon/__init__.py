"""Lexicon of English: synonyms and function words."""
