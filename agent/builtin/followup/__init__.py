"""Follow-up questions: detection and edits of the last plan."""
