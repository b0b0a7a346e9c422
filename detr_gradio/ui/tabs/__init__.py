"""The tabs of the page: a module each, with a ``build(workspace)``."""
