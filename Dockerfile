# The app on http://localhost:7860:
#   docker build -t detr-panoptic .
#   docker run -p 127.0.0.1:7860:7860 -v detr-weights:/cache detr-panoptic
FROM python:3.12-slim@sha256:78387bc3881b8273120a12ebe6c1ab22b018ccc2c9adf565ae1ac9b536e184ea

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
# All of them are locked with their hashes, but torch: each index has files of its own.
COPY requirements.lock ./
RUN pip install torch==2.14.1 torchvision==0.29.1 --index-url "$TORCH_INDEX_URL" \
    && pip install --require-hashes --no-deps -r requirements.lock \
    && rm -r /usr/local/lib/python3.12/site-packages/torch/include

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
