"""Schema index: catalogs of targets, documented and searchable."""
