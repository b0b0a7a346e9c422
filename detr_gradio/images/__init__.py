"""Any picture file or array to upright RGB."""

from .bounds import ImageError
from .loading import ImageSource, load_image

__all__ = ["ImageError", "ImageSource", "load_image"]
