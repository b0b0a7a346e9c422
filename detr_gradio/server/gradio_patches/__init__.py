"""All that leans on what Gradio does not promise. ``server/launch.py`` alone installs it."""
