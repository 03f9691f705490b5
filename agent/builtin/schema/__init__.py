"""Schema model of the built-in analyst: column roles and the join graph."""
