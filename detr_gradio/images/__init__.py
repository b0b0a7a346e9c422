"""Any picture file or array to upright RGB."""

from .loading import ImageError, ImageSource, load_image

__all__ = ["ImageError", "ImageSource", "load_image"]
