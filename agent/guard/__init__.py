"""SQL guard: validates and rewrites queries before they reach a target, based on the syntax tree alone."""
