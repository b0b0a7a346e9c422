"""Open the demo: a picture in, a map of its things and regions out.

    python app.py            serve on this machine
    python app.py --share    also make a public link for a week

Everything else is set by environment variables, or by the options of
`python -m detr_gradio launch`, which serves the same page.
"""

import os
import sys

if "SPACES_ZERO_GPU" in os.environ:
    import spaces  # noqa: F401 - it has to come before torch and Gradio

from detr_gradio.limits import limits
from detr_gradio.messages import UserError
from detr_gradio.server.launch import launch, prepare
from detr_gradio.service import Service
from detr_gradio.settings import read_settings
from detr_gradio.ui.app import build_demo

try:
    words = sys.argv[1:]
    if words not in ([], ["--share"]):
        raise UserError("app_options", words=" ".join(words))
    limits()  # a malformed variable is told here, before anything starts
    settings = read_settings(os.environ, share=bool(words) or None)
    prepare()
    service = Service(checkpoint=settings.checkpoint)
except UserError as error:
    sys.exit(str(error))
demo = build_demo(service)

if __name__ == "__main__":
    try:
        launch(settings, service, demo)
    except UserError as error:
        sys.exit(str(error))
