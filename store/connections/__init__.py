"""Connections to target databases and their encrypted credentials."""
