"""Grammar: parses the spans of a question into selection, conditions, grouping and order."""
