"""The grammar: pieces of a question, read from left to right into what a plan needs."""
