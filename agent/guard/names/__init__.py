"""Name resolution: binds the tables and columns of a query to the catalog."""
