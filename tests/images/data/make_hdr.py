"""Make pq.avif and hlg.avif of a photograph, beside this file: white at 203 cd/m2 (BT.2408)."""

import subprocess
from pathlib import Path

import numpy as np
from PIL import Image

HERE = Path(__file__).parent
PHOTO = HERE.parents[2] / "examples" / "photo-cows.jpg"
TO_BT2020 = np.array([[0.6274, 0.3293, 0.0433], [0.0691, 0.9195, 0.0114], [0.0164, 0.0880, 0.8956]])


def pq(light: np.ndarray) -> np.ndarray:
    """Signal of light in cd/m2 (BT.2100, table 4)."""
    power = (light / 10_000) ** (2610 / 16384)
    part = (3424 / 4096 + 2413 / 128 * power) / (1 + 2392 / 128 * power)
    return part ** (2523 / 32)


def hlg(light: np.ndarray) -> np.ndarray:
    """Signal of light in cd/m2 on a display of 1000 cd/m2 (BT.2100, table 5)."""
    luminance = light @ [0.2627, 0.6780, 0.0593]
    scene_luminance = np.maximum(luminance / 1000, 1e-9) ** (1 / 1.2)
    scene = light / 1000 / scene_luminance[..., None] ** 0.2
    a, b, c = 0.17883277, 0.28466892, 0.55991073
    upper = a * np.log(np.maximum(12 * scene - b, 1e-9)) + c
    return np.where(scene <= 1 / 12, np.sqrt(3 * scene), upper)


def signal(rgb: np.ndarray, curve) -> np.ndarray:
    """(H, W, 3) uint8 sRGB to BT.2020 with a curve, 0..1."""
    values = rgb / 255
    light = np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)
    return np.clip(curve(np.maximum(light @ TO_BT2020.T, 0) * 203), 0, 1)


def main() -> None:
    """Write both files."""
    photo = np.asarray(Image.open(PHOTO).convert("RGB").resize((480, 360)))
    for name, curve, transfer in (("pq", pq, "smpte2084"), ("hlg", hlg, "arib-std-b67")):
        pixels = np.rint(signal(photo, curve) * 65535).astype("<u2")
        command = (
            "ffmpeg -v error -y -f rawvideo -pix_fmt rgb48le -s 480x360 -i - "
            "-vf scale=out_color_matrix=bt2020:out_range=full,format=yuv420p10le -frames:v 1 "
            "-c:v libaom-av1 -still-picture 1 -crf 35 -cpu-used 8 -color_primaries bt2020 "
            f"-color_trc {transfer} -colorspace bt2020nc -color_range pc"
        )
        subprocess.run(
            [*command.split(), HERE / f"{name}.avif"], input=pixels.tobytes(), check=True
        )


if __name__ == "__main__":
    main()
