"""The sample shop: a small web shop with three years of orders."""
