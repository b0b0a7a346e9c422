"""Panoptic segmentation with DETR: a picture in, a map of things and stuff out."""
