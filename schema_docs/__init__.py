"""The map: what the database holds, in words that can be searched."""
