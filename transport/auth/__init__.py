"""Authentication: bearer tokens, cookies, JSON Web Tokens."""
