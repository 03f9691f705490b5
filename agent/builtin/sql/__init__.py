"""SQL printer for relational plans."""
