"""Toy scenes, and how the embedded checkpoint was trained on them."""
