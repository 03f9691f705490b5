"""Follow-up questions of the built-in analyst: detection, and edits of the previous plan."""
