import pytest
import timm
import torch
from transformers import DetrConfig

from detr_gradio.checkpoints.architecture import build_model

SMALL = {
    "d_model": 32,
    "encoder_layers": 1,
    "decoder_layers": 1,
    "encoder_ffn_dim": 32,
    "decoder_ffn_dim": 32,
    "num_queries": 5,
}
# As on the Hub: the backbone is named, and its pretrained weights are asked for.
OLD_RESNET = {"use_timm_backbone": True, "backbone": "resnet50", "use_pretrained_backbone": True}
EFFICIENTNET = {
    "use_timm_backbone": False,
    "backbone_config": {
        "model_type": "timm_backbone",
        "backbone": "tf_efficientnet_lite0",
        "features_only": True,
        "out_indices": [1, 2, 3, 4],
        "output_stride": 16,
    },
}


@pytest.fixture(autouse=True)
def no_download(monkeypatch):
    def refuse(*_args, **_kwargs):
        raise AssertionError("a backbone was about to be downloaded")

    monkeypatch.setattr("timm.models._builder.load_pretrained", refuse)


@pytest.mark.parametrize(
    ("backbone", "dilation", "stride"),
    [(OLD_RESNET, False, 32), (OLD_RESNET, True, 16), (EFFICIENTNET, False, 16)],
)
def test_builds_every_kind_of_backbone_without_a_download(backbone, dilation, stride):
    model = build_model(DetrConfig(**backbone, **SMALL, dilation=dilation))
    assert not model.training
    with torch.inference_mode():
        pixels = torch.zeros(1, 3, 64, 96)
        features = model.detr.model.backbone(pixels, torch.ones(1, 64, 96))
        outputs = model(pixels)
    assert features[-1][0].shape[-2:] == (64 // stride, 96 // stride)
    assert outputs.logits.shape == (1, 5, 3)
    assert outputs.pred_masks.shape == (1, 5, 16, 24)


def test_efficientnet_keeps_its_activations():
    torch.manual_seed(0)
    model = build_model(DetrConfig(**EFFICIENTNET, **SMALL))
    backbone = model.detr.model.backbone.model
    alone = timm.create_model(
        "tf_efficientnet_lite0",
        features_only=True,
        out_indices=(1, 2, 3, 4),
        output_stride=16,
        pretrained=False,
    ).eval()
    alone.load_state_dict(backbone.state_dict())
    pixels = torch.randn(1, 3, 64, 64)
    with torch.inference_mode():
        ours = model.detr.model.backbone(pixels, torch.ones(1, 64, 64))
        theirs = alone(pixels)
    for (feature, _mask), expected in zip(ours, theirs, strict=True):
        torch.testing.assert_close(feature, expected)
    assert not any(parameter.requires_grad for parameter in backbone.parameters())


def test_leaves_the_configuration_alone():
    config = DetrConfig(**OLD_RESNET, **SMALL)
    before = config.to_dict()
    build_model(config)
    assert config.to_dict() == before


def test_an_unknown_backbone_is_named():
    with pytest.raises(ValueError, match="resnet5000"):
        build_model(DetrConfig(use_timm_backbone=True, backbone="resnet5000", **SMALL))
