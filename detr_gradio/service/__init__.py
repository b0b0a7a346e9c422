"""The service behind page, HTTP and MCP: one picture with its settings."""

from .service import STAGES, Outcome, SegmentationRequest, Service, Stage, shown_name

__all__ = ["STAGES", "Outcome", "SegmentationRequest", "Service", "Stage", "shown_name"]
