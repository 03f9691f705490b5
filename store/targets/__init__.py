"""The databases being asked, and the one place where model-written SQL runs."""
