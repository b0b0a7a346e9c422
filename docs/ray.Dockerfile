# The image with Ray in it, for a cluster: docs/scale.md.
FROM detr-panoptic
USER root
RUN pip install --no-cache-dir "pyarrow>=26,<27" "fsspec[http]>=2026.9" "ray[data,serve]>=2.60,<2.61"
USER 1000
