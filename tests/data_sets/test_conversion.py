"""``convert``: what lies over what, what is left out and said, and which pictures go where."""

import base64
import io
import json
from xml.sax.saxutils import quoteattr

import numpy as np
import pytest
from PIL import Image

from detr_gradio.cli import main
from detr_gradio.data_sets.checking import check_data_set
from detr_gradio.data_sets.picture_files import new_name, within
from detr_gradio.data_sets.remarks import LOSSES, NOTES
from tests.support.conversion_cases import (
    annotation,
    area,
    coco,
    converted,
    picture,
    require,
    segments,
    square,
)


class TestWhatLiesOverWhat:
    def test_coco_crowds_lowest_then_the_larger_beneath_the_smaller(self, tmp_path, convert):
        picture(tmp_path / "a.png")
        source = coco(
            tmp_path,
            [
                annotation(1, [square(2, 2, 6, 6)]),
                annotation(3, [square(0, 0, 10, 10)]),
                annotation(1, [square(4, 4, 9, 9)], iscrowd=1),
                annotation(1, [square(2, 2, 6, 6)]),  # one of both is covered, and so is the crowd
            ],
        )
        told = convert(source)
        assert told == [*[("covered", "a.png")] * 2, ("categories_unused", "instances.json")]
        dog = area(0, 0, 10, 10) & ~area(2, 2, 6, 6)
        require(segments(tmp_path), ("dog", 0, dog), ("car", 0, area(2, 2, 6, 6)))

    def test_a_crowd_is_seen_where_nothing_lies_over_it(self, tmp_path, convert):
        picture(tmp_path / "a.png")
        crowd = annotation(1, [square(0, 0, 10, 10)], iscrowd=1)
        source = coco(tmp_path, [annotation(1, [square(0, 0, 4, 4)]), crowd], categories=("car",))
        assert convert(source) == [("crowds", "instances.json")]
        seen = area(0, 0, 10, 10) & ~area(0, 0, 4, 4)
        require(segments(tmp_path), ("car", 1, seen), ("car", 0, area(0, 0, 4, 4)))

    def test_stuff_is_one_segment_and_no_crowd(self, tmp_path, convert):
        picture(tmp_path / "a.png")
        parts = [annotation(2, [square(0, 0, 4, 4)]), annotation(2, [square(8, 8, 12, 12)])]
        parts[1]["iscrowd"] = 1
        source = coco(tmp_path, parts, categories=("car", "sky"))
        assert convert(source, "--stuff", "sky") == [("categories_unused", "instances.json")]
        require(segments(tmp_path), ("sky", 0, area(0, 0, 4, 4) | area(8, 8, 12, 12)))

    def test_labelme_as_it_was_drawn(self, tmp_path, convert):
        picture(tmp_path / "a.png")
        corners = {
            "sky": (0, 0, 19, 15),
            "dog": (5, 5, 9, 9),
            "__ignore__": (0, 0, 19, 1),
            "car": (8, 8, 8, 8),
        }
        shapes = [
            {"label": label, "shape_type": "rectangle", "points": [box[:2], box[2:]]}
            for label, box in corners.items()
        ]
        points = {"label": "dog", "shape_type": "point", "points": [[1, 1]]}
        document = {"imagePath": "..\\a.png", "shapes": [*shapes, points, {"label": 3}]}
        (tmp_path / "source" / "deep").mkdir(parents=True)
        (tmp_path / "source" / "deep" / "a.json").write_text(json.dumps(document))
        (tmp_path / "a.png").rename(tmp_path / "source" / "a.png")
        told = convert(tmp_path / "source", "--stuff", "sky", status=1)
        assert told == [("region_no_area", "deep/../a.png"), ("region_category", "deep/../a.png")]
        dog = area(5, 5, 10, 10) & ~area(8, 8, 9, 9)
        sky = area(0, 2, 20, 16) & ~area(5, 5, 10, 10)
        require(segments(tmp_path), ("sky", 0, sky), ("dog", 0, dog), ("car", 0, area(8, 8, 9, 9)))

    def test_cvat_by_its_order_and_groups(self, tmp_path, convert):
        picture(tmp_path / "images" / "a & b.png")
        shapes = [
            ("polygon", 'label="dog" points="0,0;6,0;6,6;0,6" z_order="5" group_id="0"'),
            ("box", 'label="car" xtl="2" ytl="2" xbr="12" ybr="12" z_order="-1" group_id="4"'),
            ("box", 'label="car" xtl="14" ytl="2" xbr="16" ybr="4" z_order="9" group_id="4"'),
            ("mask", 'label="dog" rle="1, 2, 1" left="18" top="14" width="2" height="2"'),
            ("tag", 'label="dog"'),
            ("points", 'label="dog" points="3,3"'),
            ("mask", 'label="dog" rle="1, 2, 1" left="19" top="14" width="2" height="2"'),
            ("mask", 'label="dog" rle="1, 2, 9999999999" left="0" top="0" width="2" height="2"'),
            ("polygon", 'label="dog" points="0,0;nan,0;6,6"'),
        ]
        body = "".join(f"<{tag} {attributes}/>" for tag, attributes in shapes)
        (tmp_path / "annotations.xml").write_text(
            "<annotations><meta/><track/>"
            f'<image name={quoteattr("a & b.png")} width="20" height="16">{body}</image>'
            "</annotations>"
        )
        told = convert(tmp_path / "annotations.xml", status=1)
        assert [kind for kind, _ in told] == [
            *("tracks", "region_no_area", "region_no_area"),
            *("region_size", "region_runs", "region_points"),
        ]
        found = segments(tmp_path, "a & b.png")
        car = area(2, 2, 12, 12) & ~area(0, 0, 6, 6) | area(14, 2, 16, 4)
        bits = area(19, 14, 20, 15) | area(18, 15, 19, 16)
        require(found, ("car", 0, car), ("dog", 0, bits), ("dog", 0, area(0, 0, 6, 6)))

    def test_stuff_of_png_files_lies_beneath(self, tmp_path, convert):
        picture(tmp_path / "a.png")
        picture(tmp_path / "b.png", 1)
        values = np.full((16, 20), 7, np.uint8)
        values[8:] = 3
        (tmp_path / "stuff").mkdir()
        Image.fromarray(values).save(tmp_path / "stuff" / "a.png")
        table = "value,name,isthing\n7,sky,0\n3,car,\n9,road,0\n"
        (tmp_path / "stuff" / "names.csv").write_text(table)
        each = [annotation(1, [square(0, 0, 4, 4)], image=n) for n in (1, 2)]
        source = coco(tmp_path, each, images=("a.png", "b.png"), categories=("car",))
        told = convert(source, "--semantic", tmp_path / "stuff", status=1)
        assert told == [("png_none", "b.png")]
        sky = area(0, 0, 20, 8) & ~area(0, 0, 4, 4)
        require(segments(tmp_path), ("sky", 0, sky), ("car", 0, area(0, 0, 4, 4)))
        require(segments(tmp_path, "b.png"), ("car", 0, area(0, 0, 4, 4)))


class TestPictures:
    def test_each_that_is_left_out_is_named(self, tmp_path, convert):
        images = ["a.png", "none.png", "b.png", "bad.png", "a.png", "bare.png"]
        images += [{"id": 7, "file_name": "wide.png", "width": 21, "height": 16}, {"id": "x"}]
        for number, name in enumerate(("a", "b", "bare", "wide")):
            picture(tmp_path / f"{name}.png", number)
        (tmp_path / "bad.png").write_bytes(b"none")
        shape = [square(0, 0, 4, 4)]
        annotations = [annotation(1, shape, image=n) for n in (1, 2, 3, 4, 5, 7, 88)]
        annotations += [annotation(n, shape, image=3) for n in (99, [])]
        annotations += [annotation(1, [], image=3), {"image_id": 3}]
        told = convert(coco(tmp_path, annotations, images, ["car"]), status=1)
        assert told == [
            ("picture_missing", "none.png"),
            *[
                ("region_category", "b.png"),
                ("region_category", "b.png"),
                ("region_no_mask", "b.png"),
                ("region_category", "b.png"),
            ],
            ("picture_unreadable", "bad.png"),
            ("picture_twice", "a.png"),
            ("picture_nothing", "bare.png"),
            ("picture_size", "wide.png"),
            ("picture_entry", "instances.json"),
            ("annotations_no_picture", "instances.json"),
        ]
        assert converted(tmp_path / "out").keys() == {"a.png", "b.png"}

    def test_names_that_differ_by_their_ending_or_case_stay_apart(self, tmp_path, convert):
        names = ["x/a.png", "x/a.jpg", "X/A.bmp", "a: b?.png"]
        for number, name in enumerate(names):
            picture(tmp_path / name, number)
        annotations = [annotation(1, [square(0, 0, n + 2, 4)], image=n) for n in (1, 2, 3, 4)]
        told = convert(coco(tmp_path, annotations, names, ["car"]))
        assert [kind for kind, _ in told] == ["picture_renamed"] * 3
        found = converted(tmp_path / "out")
        assert list(found) == ["x/a.png", "x/a-2.jpg", "X/A-3.bmp", "a_ b_.png"]
        for n, name in enumerate(found, 1):
            assert np.array_equal(found[name][0][3], area(0, 0, n + 2, 4))
            assert (tmp_path / "out" / "train" / name).read_bytes() == (
                tmp_path / names[n - 1]
            ).read_bytes()

    def test_no_path_leads_out_of_the_folders(self, tmp_path, convert):
        picture(tmp_path / "secret.png")
        picture(tmp_path / "in" / "images" / "here.png", 1)
        outside = str(tmp_path / "secret.png")
        names = ["../secret.png", outside, "images/../../secret.png", "x/../../../tmp/here.png"]
        names += ["here\0.png", "n" * 5000, ".."]
        annotations = [annotation(1, [square(0, 0, 4, 4)], image=n) for n in range(1, 8)]
        told = convert(coco(tmp_path / "in", annotations, names, ["car"]), status=1)
        assert [kind for kind, _ in told] == ["picture_missing"] * 6
        assert list(converted(tmp_path / "out")) == ["here.png"]

    @pytest.mark.parametrize(("size", "mode"), [((20, 16), "stored"), ((16, 20), "upright")])
    def test_pictures_that_ask_to_be_turned_are_saved_as_their_annotations_see_them(
        self, tmp_path, convert, size, mode
    ):
        exif = Image.Exif()
        exif[0x0112] = 6
        picture(tmp_path / "a.png", exif=exif)
        image = {"id": 4, "file_name": "a.png", "width": size[0], "height": size[1]}
        source = coco(tmp_path, [annotation(1, [square(0, 0, 4, 7)], image=4)], [image], ["car"])
        assert convert(source) == [("picture_turned", "a.png")]
        with Image.open(tmp_path / "out" / "train" / "a.png") as saved:
            assert saved.size == size
            assert not saved.getexif()
            pixels = np.asarray(Image.open(tmp_path / "a.png"))
            upright = np.rot90(pixels, -1)
            assert np.array_equal(saved, pixels if mode == "stored" else upright)

    def test_ids_stay_where_they_can(self, tmp_path, convert):
        images = []
        for number, image_id in enumerate((139, -1, 139, "7", 2**60)):
            picture(tmp_path / f"{number}.png", number)
            images.append({"id": image_id, "file_name": f"{number}.png"})
        annotations = [annotation(1, [square(0, 0, 4, 4)], image=i) for i in (139, -1, "7", 2**60)]
        convert(coco(tmp_path, annotations, images, ["car"]))
        document = json.loads((tmp_path / "out" / "panoptic_train.json").read_text())
        assert [image["id"] for image in document["images"]] == [139, 140, 141, 142]


class TestParts:
    def source(self, folder, count, name="car", first=0):
        names = [f"{n}.png" for n in range(first, first + count)]
        for number, file in enumerate(names, first):
            picture(folder / file, number // 2)  # each picture is there twice
        annotations = [annotation(1, [square(0, 0, 4, 4)], n) for n in range(1, count + 1)]
        return coco(folder, annotations, names, [name])

    def test_a_share_is_held_back_and_no_picture_is_in_both(self, tmp_path, convert):
        source = self.source(tmp_path / "in", 20)
        convert(source, "--val", "0.3")
        held_back, kept = (converted(tmp_path / "out", split) for split in ("val", "train"))
        assert (len(held_back), len(kept)) == (6, 14)
        assert {int(name[:-4]) // 2 for name in held_back} & {
            int(n[:-4]) // 2 for n in kept
        } == set()
        assert len(list((tmp_path / "out" / "panoptic_val").iterdir())) == 6
        assert len(list((tmp_path / "out" / "train").iterdir())) == 14

    def test_a_second_part_has_the_categories_of_the_first(self, tmp_path, convert):
        picture(tmp_path / "one" / "8.png", 8)
        both = [annotation(n, [square(0, 0, 2 * n, 4)]) for n in (1, 2)]
        first = coco(tmp_path / "one", both[::-1], ["8.png"], ["car", "sky"])
        convert(first, "--stuff", "sky")
        corners = {"sky": [19, 15], "dog": [4, 4]}
        shapes = [
            {"label": label, "points": [[0, 0], corner], "shape_type": "rectangle"}
            for label, corner in corners.items()
        ]
        picture(tmp_path / "two" / "9.png", 9)
        document = {"imagePath": "9.png", "shapes": shapes}
        (tmp_path / "two" / "9.json").write_text(json.dumps(document))
        assert convert(tmp_path / "two", "--split", "val") == []
        listed = json.loads((tmp_path / "out" / "panoptic_val.json").read_text())["categories"]
        assert [(c["id"], c["name"], c["isthing"]) for c in listed] == [
            *((1, "car", 1), (2, "sky", 0), (3, "dog", 1)),
        ]

    def test_what_is_there_is_not_written_over(self, tmp_path, convert, capsys):
        source = self.source(tmp_path / "in", 2)
        convert(source)
        assert main(["convert", str(source), "--output", str(tmp_path / "out")]) == 2
        assert "panoptic_train.json already" in capsys.readouterr().err

    def test_nothing_half_done_looks_whole(self, tmp_path, monkeypatch):
        source = self.source(tmp_path / "in", 4)
        calls = []

        def lay(*arguments):
            calls.append(arguments)
            if len(calls) == 3:
                raise KeyboardInterrupt
            return original(*arguments)

        from detr_gradio.data_sets import conversion

        original = conversion.lay
        monkeypatch.setattr(conversion, "lay", lay)
        words = ["convert", str(source), "--output", str(tmp_path / "out")]
        assert main(words) == 130
        assert not list((tmp_path / "out").glob("*.json"))
        monkeypatch.setattr(conversion, "lay", original)
        assert main(words) == 0
        assert check_data_set(tmp_path / "out").faults == []


@pytest.mark.parametrize("language", ["en", "es"])
@pytest.mark.parametrize(
    ("files", "words", "told"),
    [
        ({}, ["none"], "none"),
        ({"a.json": "{"}, ["a.json"], "a.json"),
        ({"a.json": "[" * 100_000}, ["a.json"], "a.json"),
        ({"a.json": "[1]"}, ["a.json"], "CVAT"),
        ({"a.zip": "PK"}, ["a.zip", "--format", "cvat"], "a.zip"),
        ({"a.xml": "<annotations><image"}, ["a.xml"], "a.xml"),
        ({"a.xml": "<x>" * 50}, ["a.xml", "--format", "cvat"], "CVAT"),
        (
            {
                "a.xml": '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>'
                "<annotations>&b;</annotations>"
            },
            ["a.xml"],
            "DOCTYPE",
        ),
        (
            {"a.json": '{"images":[],"categories":[],"annotations":[{"segments_info":[]}]}'},
            ["a.json"],
            "check",
        ),
        ({"d/a.json": '{"shapes": []}', "d/x": ""}, ["d", "--output", "d/out"], "d/out"),
        (
            {f"d/{n}.json": '{"images":[],"categories":[],"annotations":[]}' for n in (1, 2)},
            ["d"],
            "1.json, 2.json",
        ),
        ({"d/a.png": ""}, ["d"], "--categories"),
        ({"d/a.png": "", "d/1.csv": "1,a", "d/2.csv": "1,a"}, ["d"], "--categories"),
        ({"d/a.png": "", "t.csv": "a,b"}, ["d", "--categories", "t.csv"], "t.csv"),
        ({"d/a.png": "", "t.csv": "1,b\n1,c"}, ["d", "--categories", "t.csv"], "t.csv"),
        ({"d/a.png": ""}, ["d", "--images", "none"], "none"),
        ({"d/a.png": ""}, ["d", "--val", "1"], "--val"),
        ({"d/a.png": ""}, ["d", "--val", "nan"], "--val"),
        ({"d/a.png": ""}, ["d", "--split", "../x"], "../x"),
        ({"d/a.png": ""}, ["d", "--split", "val", "--val", "0.1"], "--val"),
        (
            {"a.json": '[{"data": {}}]', "out/panoptic_x.json": "[]"},
            ["a.json"],
            "panoptic_x.json",
        ),
    ],
)
def test_what_can_t_be_done_is_said_in_a_sentence(
    tmp_path, monkeypatch, capsys, files, words, told, language
):
    monkeypatch.chdir(tmp_path)
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    output = [] if "--output" in words else ["--output", "out"]
    assert main(["convert", *words, *output, "--language", language]) == 2
    error = capsys.readouterr().err
    assert told in error
    assert error.count("\n") == 1
    assert "Traceback" not in error


@pytest.mark.parametrize(
    ("segmentation", "kind"),
    [
        ([[0, 0, 1e300, 0, 4, 4]], "region_points"),
        ([[0, 0, -1e9, 0, 4, 4]], "region_points"),
        ([[0, 0, float("nan"), 0, 4, 4]], "region_points"),
        ([[0, 0, 10**400, 0, 4, 4]], "region_points"),
        ([[0, 0, "4", 0, 4, 4]], "region_points"),
        ([[0, 0, 4, 4]], "region_points"),  # pycocotools would take it for a box
        ([[0, 0, 4, 4, 8]], "region_points"),
        ([[]], "region_points"),
        ([3, 4], "region_points"),
        ("all", "region_size"),
        ({"size": [2**31, 2**31], "counts": "0"}, "region_size"),
        ({"size": [20, 16], "counts": [320]}, "region_size"),
        ({"size": [16, 20], "counts": [2**62, 2**62]}, "region_runs"),
        ({"size": [16, 20], "counts": [-5, 325]}, "region_runs"),
        ({"size": [16, 20], "counts": [319]}, "region_runs"),
        ({"size": [16, 20], "counts": [320.0]}, "region_runs"),
        ({"size": [16, 20], "counts": "oooooooooooooooooooo"}, "region_runs"),
        ({"size": [16, 20], "counts": "0" * 9999}, "region_runs"),
        ({"size": [16, 20], "counts": "\u20ac"}, "region_runs"),
        ({"size": [16, 20], "counts": ""}, "region_runs"),
        ({"size": [16, 20]}, "region_runs"),
    ],
)
def test_masks_that_lie_are_left_out(tmp_path, convert, segmentation, kind):
    picture(tmp_path / "a.png")
    good = annotation(1, [square(0, 0, 4, 4)])
    source = coco(tmp_path, [annotation(1, segmentation), good], categories=["car"])
    assert convert(source, status=1) == [(kind, "a.png")]
    require(segments(tmp_path), ("car", 0, area(0, 0, 4, 4)))


def test_a_mask_of_labelme_is_no_larger_than_its_box(tmp_path, convert):
    picture(tmp_path / "a.png")
    buffer = io.BytesIO()
    Image.new("1", (9_000, 9_000)).save(buffer, "PNG")
    bomb = base64.b64encode(buffer.getvalue()).decode()
    shapes = [
        {"label": "x", "shape_type": "mask", "points": [[0, 0], [3, 3]], "mask": bomb},
        {"label": "x", "shape_type": "mask", "points": [[-1, 0], [3, 3]], "mask": bomb},
        {"label": "x", "shape_type": "mask", "points": [[0, 0], [1e400, 3]], "mask": bomb},
        {"label": "x", "shape_type": "mask", "points": [[0, 0], [3, 3]], "mask": "???"},
        {"label": "x", "shape_type": "circle", "points": [[0, 0], [1e9, 3]]},
        {"label": "x", "shape_type": "circle", "points": 3},
        {"label": "x", "shape_type": "polygon", "points": [[0, 0], [4, 4]]},
        {"label": "car", "shape_type": "rectangle", "points": [[3, 3], [0, 0]]},
    ]
    (tmp_path / "a.json").write_text(json.dumps({"imagePath": "a.png", "shapes": shapes}))
    told = convert(tmp_path / "a.json", status=1)
    assert [kind for kind, _ in told] == ["region_size", "region_size", *["region_points"] * 5]
    require(segments(tmp_path), ("car", 0, area(0, 0, 4, 4)))


def test_what_is_told_is_short_and_ends(tmp_path, capsys):
    picture(tmp_path / "a.png")
    bad = [annotation(1, "no") for _ in range(15)]
    source = coco(tmp_path, [*bad, annotation(1, [square(0, 0, 4, 4)])], categories=["car"])
    words = ["convert", str(source), "--output", str(tmp_path / "out")]
    assert main(words) == 1
    told = capsys.readouterr().out.splitlines()
    assert sum("another size" in line for line in told) == 10
    assert "... and 5 more of this kind (--json has all)." in told
    assert any("Left out, as said above: 15." in line for line in told)
    assert any("--stuff" in line for line in told)


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("a/b c.jpg", "a/b c.jpg"),
        ("C:\\data\\a.jpg", "a.jpg"),
        ("..\\images\\a.jpg", "a.jpg"),
        ("./x/../a.jpg", "a.jpg"),
        ("/etc/passwd", "passwd"),
        ("..", None),
        ("", None),
        ("a\0b", None),
    ],
)
def test_paths_stay_within(name, safe):
    assert within(name) == safe


def test_new_names_are_ones_that_every_system_takes():
    assert new_name("a<b>:c?.jpg") == "a_b__c_.jpg"
    assert new_name("..") == "picture"
    assert new_name("\ud800.jpg") == "_.jpg"
    long = new_name("x/" + "車" * 500 + ".jpeg")
    assert len(long.encode()) < 220
    assert long.endswith("車.jpeg")


@pytest.mark.parametrize("kind", [*LOSSES, *NOTES])
def test_each_sentence_has_the_same_values_in_both_languages(kind):
    english, spanish = (
        {part.split("}")[0] for part in text.split("{")[1:]} for text in {**LOSSES, **NOTES}[kind]
    )
    assert english == spanish
