"""What to do next, from what is seen: pure values and functions."""
