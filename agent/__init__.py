"""The mind: understands a question, writes SQL, judges it, puts rows into words."""
