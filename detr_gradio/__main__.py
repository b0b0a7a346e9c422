"""Run ``python -m detr_gradio``."""

import io
import sys

from .cli import main

if __name__ == "__main__":
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # names of files may be no text at all
    sys.exit(main())
