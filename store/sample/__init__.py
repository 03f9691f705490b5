"""Sample database: a small web shop with three years of orders."""
