"""What came out, drawn and written: arrays and files, without torch and Gradio."""
