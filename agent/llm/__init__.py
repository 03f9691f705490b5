"""Language-model analyst: prompts, model clients, structured output, streaming, budget."""
