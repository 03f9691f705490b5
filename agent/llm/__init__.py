"""The language-model analyst: prompts, providers, structured output, budget."""
