"""Open the demo: one picture in, its panoptic map out."""

import cv2
import gradio as gr
import numpy as np
import torch
from transformers import DetrConfig, DetrForSegmentation, DetrImageProcessor

NOTE = "**Untrained network of the real architecture**: the segments below are noise."


def build_network() -> DetrForSegmentation:
    """DETR-R50 panoptic with random weights, scaled so that some queries are kept."""
    torch.manual_seed(0)
    config = DetrConfig(use_pretrained_backbone=False, num_labels=250)
    model = DetrForSegmentation(config).eval()
    for parameter in model.detr.class_labels_classifier.parameters():
        torch.nn.init.normal_(parameter, std=1.0)
    return model


def segment(image: np.ndarray) -> tuple[np.ndarray, list[list]]:
    """Overlay and table of an (H, W, 3) uint8 picture."""
    inputs = PROCESSOR(images=image, return_tensors="pt")
    with torch.inference_mode():
        outputs = NETWORK(**inputs)
    scores, labels = outputs.logits[0].softmax(-1)[:, :-1].max(-1)
    queries = scores.topk(8).indices
    masks = torch.nn.functional.interpolate(
        outputs.pred_masks[:, queries], image.shape[:2], mode="bilinear", align_corners=False
    )
    owners = masks[0].argmax(0).numpy()
    colors = np.random.default_rng(0).integers(40, 255, (len(queries), 3), dtype=np.uint8)
    overlay = cv2.addWeighted(image, 0.55, colors[owners], 0.45, 0)
    rows = [
        [number, int(labels[query]), f"{scores[query]:.0%}", f"{(owners == number).mean():.1%}"]
        for number, query in enumerate(queries)
    ]
    return overlay, rows


NETWORK = build_network()
PROCESSOR = DetrImageProcessor(size={"shortest_edge": 480, "longest_edge": 800})

with gr.Blocks(title="DETR Panoptic", analytics_enabled=False) as demo:
    gr.Markdown(NOTE)
    with gr.Row():
        picture = gr.Image(label="Picture", type="numpy")
        overlay = gr.Image(label="Overlay")
    table = gr.Dataframe(headers=["segment", "category id", "confidence", "area"])
    picture.upload(segment, picture, [overlay, table])

if __name__ == "__main__":
    demo.launch()
