"""Schema model of the built-in analyst: column roles, and the indexes built from a schema map."""
