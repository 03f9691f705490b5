"""Skills of the six nodes: scoped database, clarification, voting, approval, answers and presenters."""
