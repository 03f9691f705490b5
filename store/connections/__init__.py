"""Connections: stored configuration of target databases, with encrypted credentials."""
