"""MySQL and MariaDB target."""
