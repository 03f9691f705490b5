"""Helpers of the six nodes: scoped databases, clarification, voting, presenters."""
