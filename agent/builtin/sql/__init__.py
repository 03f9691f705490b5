"""SQL printer of the built-in analyst: query plans to sqlglot trees, for each dialect."""
