"""Name resolution of tables and columns in a query."""
