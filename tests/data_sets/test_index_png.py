"""``convert`` reads PNG files whose pixels are numbers, and tables of their names."""

import numpy as np
import pytest
from PIL import Image

from tests.support.conversion_cases import SIZE, area, picture, require, segments


def palette(values):
    mask = Image.fromarray(values.astype(np.uint8), "P")
    mask.putpalette(np.random.default_rng(0).integers(0, 256, 768, np.uint8).tobytes())
    return mask


class TestPngFiles:
    VALUES = np.repeat([[0, 1, 2, 9]], 5, axis=1)[:, :20].repeat(16, axis=0)

    def source(self, tmp_path, mask, table="value,name,isthing\n1,road,0\n2,car,1\n", suffix="csv"):
        picture(tmp_path / "images" / "one" / "a b.jpg")
        (tmp_path / "source" / "one").mkdir(parents=True)
        mask.save(tmp_path / "source" / "one" / "a b.png")
        (tmp_path / "source" / f"names.{suffix}").write_text(table)
        return tmp_path / "source"

    @pytest.mark.parametrize(
        "make",
        [
            lambda values: Image.fromarray(values.astype(np.uint8)),
            lambda values: Image.fromarray(values.astype(np.uint16)),
            lambda values: Image.fromarray(values.astype(np.uint8)).convert("RGB"),
            lambda values: Image.fromarray(values.astype(np.uint8)).convert("LA"),
            palette,
        ],
    )
    def test_numbers_are_the_categories_in_all_kinds_of_png(self, tmp_path, convert, make):
        told = convert(self.source(tmp_path, make(self.VALUES)))
        assert told == [("value_unknown", "one/a b.png")]
        road, car = self.VALUES == 1, self.VALUES == 2
        require(segments(tmp_path, "one/a b.jpg"), ("road", 0, road), ("car", 0, car))

    def test_few_bits(self, tmp_path, convert):
        """Four bits of grey: Pillow can't write them, and spreads them when it reads."""
        import struct
        import zlib

        rows = b"".join(
            b"\0" + bytes(a << 4 | b for a, b in row.reshape(-1, 2)) for row in self.VALUES
        )
        parts = [(b"IHDR", struct.pack(">IIBBBBB", 20, 16, 4, 0, 0, 0, 0))]
        parts += [(b"IDAT", zlib.compress(rows)), (b"IEND", b"")]
        data = b"\x89PNG\r\n\x1a\n" + b"".join(
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
            for kind, body in parts
        )
        source = self.source(tmp_path, Image.new("L", SIZE))
        (source / "one" / "a b.png").write_bytes(data)
        convert(source)
        (road, car) = segments(tmp_path, "one/a b.jpg")
        assert np.array_equal(road[2], self.VALUES == 1)
        assert np.array_equal(car[2], self.VALUES == 2)

    @pytest.mark.parametrize(
        ("suffix", "table"),
        [
            ("csv", "\ufeffcolor;name;id;isthing\n#123456;road;1;0\n;car;2;1\n;void;0;0\n"),
            ("csv", "1,road\n2,car\n"),
            ("tsv", "label\tindex\nroad\t1\ncar\t2\n"),
            ("txt", "_background_\nroad\ncar\n"),
            ("json", '{"0": "unlabeled", "1": "road", "2": "car"}'),
            ("json", '{"id2label": {"1": "road", "2": "car"}}'),
            ("json", '["void", "road", "car"]'),
            ("json", '[{"id": 1, "name": "road", "index": 9}, {"id": 2, "name": "car"}]'),
            ("json", '{"categories": [{"id": 1, "name": "road"}, {"id": 2, "name": "car"}]}'),
        ],
    )
    def test_tables(self, tmp_path, convert, suffix, table):
        mask = Image.fromarray(self.VALUES.astype(np.uint8))
        convert(self.source(tmp_path, mask, table, suffix))
        found = segments(tmp_path, "one/a b.jpg")
        require(found, ("road", 0, self.VALUES == 1), ("car", 0, self.VALUES == 2))

    @pytest.mark.parametrize(
        ("mask", "kind"),
        [
            (Image.effect_noise((20, 16), 9).convert("P").convert("RGB"), "value_unknown"),
            (Image.new("RGB", SIZE, (1, 2, 3)), "png_not_numbers"),
        ],
    )
    def test_colours_are_no_numbers(self, tmp_path, convert, mask, kind):
        told = convert(self.source(tmp_path, mask), status=1, checked=False)
        assert kind in [each for each, _ in told]

    def test_each_connected_part_of_a_thing_is_one_corners_too(self, tmp_path, convert):
        values = np.zeros((16, 20), np.uint8)
        values[2:4, 2:4] = values[4:6, 4:6] = values[10:12, 2:4] = 2
        convert(self.source(tmp_path, Image.fromarray(values)))
        parts = [area(2, 2, 4, 4) | area(4, 4, 6, 6), area(2, 10, 4, 12)]
        require(segments(tmp_path, "one/a b.jpg"), *(("car", 0, part) for part in parts))

    def test_another_size_and_damaged_files(self, tmp_path, convert):
        source = self.source(tmp_path, Image.new("L", (21, 16), 1))
        (source / "b.png").write_bytes(b"none")
        picture(tmp_path / "images" / "b.jpg")
        picture(tmp_path / "images" / "c.jpg", 2)
        Image.fromarray(self.VALUES.astype(np.uint8)).save(source / "c.png")
        told = convert(source, status=1)
        assert [kind for kind, _ in told] == ["png_unreadable", "value_unknown", "picture_size"]

    def test_pictures_beside_their_masks(self, tmp_path, convert):
        source = self.source(tmp_path, Image.fromarray((self.VALUES % 9).astype(np.uint8)))
        (tmp_path / "images" / "one" / "a b.jpg").rename(source / "one" / "a b.jpg")
        (tmp_path / "images" / "one").rmdir()
        (tmp_path / "images").rmdir()
        assert convert(source) == []
        assert len(segments(tmp_path, "one/a b.jpg")) == 2
