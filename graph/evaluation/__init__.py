"""Evaluation: run questions with gold queries through the whole graph and score the answers."""
