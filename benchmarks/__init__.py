"""How fast the project is, and how much memory it takes, measured side by side."""
