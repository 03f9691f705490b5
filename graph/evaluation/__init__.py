"""How good the answers are: questions with known queries put through the whole journey, and scored."""
