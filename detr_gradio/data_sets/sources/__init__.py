"""What people have: annotations in the formats of other tools, read picture by picture."""

FORMATS = ("coco", "png", "labelme", "label-studio", "cvat")
"""Names of the formats."""
