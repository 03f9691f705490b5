"""Access policy files: schema, loading, and validation against a catalog."""
