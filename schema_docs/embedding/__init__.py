"""Embedding models, local and remote."""
