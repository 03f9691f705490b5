"""Table documents for analysts, and the passages that are embedded."""
