"""What can be done at a terminal."""
