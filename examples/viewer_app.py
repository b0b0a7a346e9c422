"""An app of ten lines around the viewer: python examples/viewer_app.py."""

import gradio as gr

from detr_gradio import load_segmenter
from detr_gradio.ui.viewer import PanopticViewer

segmenter = load_segmenter("toy-scenes")
with gr.Blocks() as demo:
    picture, viewer = gr.Image(), PanopticViewer()
    picture.change(lambda image: (image, segmenter.segment(image)), picture, viewer)
demo.launch()
