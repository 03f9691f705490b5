"""Schema model of the built-in analyst: column roles, join graph, and the indexes built from a schema map."""
