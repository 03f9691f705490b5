"""Lexicon of English: synonyms, abbreviations, function words."""
