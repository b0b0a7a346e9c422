"""The service behind page, HTTP and MCP: one picture with its settings."""

from .checkpoints import shown_name
from .request import STAGES, Outcome, SegmentationRequest, Stage
from .service import Service

__all__ = ["STAGES", "Outcome", "SegmentationRequest", "Service", "Stage", "shown_name"]
