"""Validation rules: functions, resource limits, Cartesian products."""
