"""Value indexes: stored values found by words, codes, acronyms and meaning."""
