"""The page, and all that knows Gradio."""
