"""Panoptic quality on a folder in COCO's format."""
