"""Run ``python -m detr_gradio``."""

import sys

from .cli import main

if __name__ == "__main__":
    sys.exit(main())
