"""Few-shot examples: import files, similarity index, masking."""
