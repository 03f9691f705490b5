"""Few-shot examples: files, index, masking."""
