"""HDR to an ordinary screen: values of the standards' own tables, and a photograph's way back."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from detr_gradio.images.hdr import bend, light_to_pq, pq_to_light, tone_map

PHOTO = Path(__file__).parents[2] / "examples" / "photo-cows.jpg"


def grey(value: float, transfer: str) -> list[int]:
    """The sRGB pixel of a grey of this coded value, 0 to 1."""
    return tone_map(np.full((1, 1, 3), round(value * 65535), np.uint16), transfer)[0, 0].tolist()


@pytest.mark.parametrize(
    ("light", "code"),
    # BT.2408-7, table 1 and annex: 58 % is HDR reference white, 75 % is 1000 cd/m2.
    [(0, 0.0), (100, 0.508), (203, 0.581), (1000, 0.752), (4000, 0.903), (10000, 1.0)],
)
def test_pq_is_the_standards(light, code):
    assert float(light_to_pq(light)) == pytest.approx(code, abs=0.0005)
    assert float(pq_to_light(light_to_pq(light))) == pytest.approx(light, rel=1e-6, abs=1e-6)


def test_the_curve_leaves_the_shadows_and_bends_the_highlights():
    # Its knee is at 1.5 * 0.5807 - 0.5 * 0.7518 = 0.4951 of PQ: 88 cd/m2.
    assert bend(np.array([0.0, 1, 50, 85])) == pytest.approx([0, 1, 50, 85], rel=1e-6, abs=1e-9)
    assert bend(np.array([1000.0])) == pytest.approx([203])
    bent = bend(np.linspace(0, 1000, 500))
    assert (np.diff(bent) > 0).all()
    # Where the source's white stands: t = 1/3 on the spline gives PQ 0.5554, which is 159 cd/m2.
    assert bend(np.array([203.0])) == pytest.approx([159], abs=0.5)


@pytest.mark.parametrize(
    ("value", "transfer", "expected"),
    [
        (0.0, "pq", 0),
        (0.1174, "pq", 8),  # 0.5 cd/m2: 0.00246 of white, in the straight part of sRGB: times 12.92
        (0.5081, "pq", 186),  # 100 cd/m2, bent to 99.4: 0.489 of white, sRGB 0.729
        (0.5807, "pq", 229),  # 203, bent to 159: 0.783, sRGB 0.898
        (0.7518, "pq", 255),  # 1000
        (1.0, "pq", 255),  # 10,000: nothing is brighter than white
        (0.0, "hlg", 0),
        (0.5, "hlg", 137),  # 1/12 of the scene: 1000 * (1/12)**1.2 = 50.7 cd/m2, sRGB 0.537
        (0.75, "hlg", 229),  # BT.2408-7: HLG's reference white is 203 cd/m2, as PQ's
        (1.0, "hlg", 255),
    ],
)
def test_greys_stay_grey_and_have_their_brightness(value, transfer, expected):
    # BT.2087's matrix has four digits, so that its rows add up to 1 within 0.0002.
    assert grey(value, transfer) == pytest.approx([expected] * 3, abs=1)


def test_red_of_an_ordinary_screen_stays_that_red():
    # BT.709's red in BT.2020, at 80 cd/m2: BT.2087-0, table 2, first column, times its light.
    code = np.rint(65535 * light_to_pq(80 * np.array([0.6274, 0.0691, 0.0164]))).astype(np.uint16)
    red, green, blue = tone_map(code[None, None], "pq")[0, 0].tolist()
    assert red == pytest.approx(168, abs=1)  # 80 / 203 = 0.394, sRGB 0.661
    assert max(green, blue) <= 8


@pytest.mark.parametrize("transfer", ["pq", "hlg"])
def test_a_photograph_keeps_its_contrast(transfer):
    photo = np.asarray(Image.open(PHOTO).convert("RGB").resize((480, 360))).astype(np.float64)
    coded = photo / 255
    linear = np.where(coded <= 0.04045, coded / 12.92, ((coded + 0.055) / 1.055) ** 2.4)
    wide = linear @ np.linalg.inv(
        [[1.6605, -0.5876, -0.0728], [-0.1246, 1.1329, -0.0083], [-0.0182, -0.1006, 1.1187]]
    ).T.clip(0)
    light = 203 * wide.clip(1e-9, 1)
    if transfer == "pq":
        code = light_to_pq(light)
    else:
        luminance = light @ [0.2627, 0.6780, 0.0593]
        scene = light / (1000 * (luminance / 1000)[..., None] ** (0.2 / 1.2))
        code = np.where(
            scene <= 1 / 12,
            np.sqrt(3 * scene),
            0.17883277 * np.log(np.maximum(12 * scene - 0.28466892, 1e-9)) + 0.55991073,
        )
    shown = tone_map(np.rint(65535 * code).astype(np.uint16), transfer).astype(np.float64)
    assert photo.std() == pytest.approx(50.1, abs=0.05)
    assert shown.std() == pytest.approx(photo.std(), rel=0.06)
    assert np.abs(shown - photo).mean() < 13  # the brightest half makes room for highlights
