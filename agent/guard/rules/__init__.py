"""Rules of the guard: allow-lists of syntax nodes and functions, limits on the work a query may cause."""
