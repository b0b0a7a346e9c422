"""Which network, from where, read from its files."""
