"""Curated notes: dbt files, glossary, safe YAML."""
