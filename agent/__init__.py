"""Text-to-SQL engine: understands questions, drafts SQL, validates it and words the answer."""
