"""A DETR panoptic checkpoint learns the categories of a data set of one's own."""
