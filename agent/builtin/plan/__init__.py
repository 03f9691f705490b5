"""Relational plan: its model, construction and joins."""
