"""Schema synchronization: builds map versions and detects drift."""
