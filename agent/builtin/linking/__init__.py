"""Schema linking: from words of a question to tables, columns and values."""
