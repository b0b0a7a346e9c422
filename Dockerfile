# The app on http://localhost:7860:
#   docker build -t detr-panoptic .
#   docker run -p 7860:7860 -v detr-weights:/cache detr-panoptic
FROM python:3.12-slim

# torch without CUDA is a tenth of the size. For an NVIDIA card:
#   docker build --build-arg TORCH_INDEX_URL=https://download.pytorch.org/whl/cu130 -t detr-panoptic .
ARG TORCH_INDEX_URL=https://download.pytorch.org/whl/cpu

ENV PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    PIP_NO_CACHE_DIR=1 \
    PIP_DISABLE_PIP_VERSION_CHECK=1 \
    HF_HOME=/cache/huggingface \
    GRADIO_TEMP_DIR=/tmp/gradio \
    DETR_HOST=0.0.0.0 \
    DETR_PORT=7860 \
    DETR_LOG_LEVEL=info

WORKDIR /app
RUN useradd --create-home --uid 1000 detr \
    && install -d -o detr -g detr /cache /cache/huggingface

# The packages change less often than the code: they come first, in a layer of their own.
COPY requirements.txt ./
RUN grep '^torch' requirements.txt > torch.txt \
    && pip install -r torch.txt --index-url "$TORCH_INDEX_URL" \
    && pip install -r requirements.txt

COPY app.py README.md ./
COPY detr_gradio ./detr_gradio
COPY examples ./examples

USER 1000
VOLUME /cache
EXPOSE 7860
# Healthy once the checkpoint is loaded; the first start has to download it.
HEALTHCHECK --interval=30s --timeout=5s --start-period=600s --start-interval=5s \
    CMD ["python", "-m", "detr_gradio.healthcheck"]
CMD ["python", "-m", "detr_gradio", "launch"]
