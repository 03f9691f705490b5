"""LangGraph assistant: six nodes, their control flow, and the execution of runs."""
