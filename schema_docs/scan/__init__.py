"""Database scan: catalog, column profiles, samples, foreign-key inference."""
