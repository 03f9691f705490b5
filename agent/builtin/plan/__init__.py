"""Query plans of the built-in analyst: data model, construction, grouping, joins and result names."""
