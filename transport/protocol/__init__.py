"""The wire protocol: commands, events, errors, and their JSON Schema."""
