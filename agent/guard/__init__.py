"""The guard: what may reach a target, decided from the parsed tree alone."""
