"""Curated notes: dbt files, front matter, glossary, safe YAML."""
