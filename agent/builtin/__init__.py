"""The analyst that needs no model: words to plan to SQL, deterministic."""
