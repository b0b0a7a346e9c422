"""The network's pass over one picture."""
