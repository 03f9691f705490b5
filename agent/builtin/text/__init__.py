"""Text analysis: tokens, lemmas, numbers, dates, coordination."""
