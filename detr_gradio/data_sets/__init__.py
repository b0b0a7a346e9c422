"""A person's own data set, in COCO's panoptic format."""
