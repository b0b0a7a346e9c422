"""The command ``evaluate``."""

import json

from detr_gradio.cli import main


class TestEvaluate:
    def test_own_predictions_as_the_truth_are_perfect(self, checkpoint, photos, tmp_path, capsys):
        words = ["--checkpoint", checkpoint, "--threshold", "0.5", "--language", "en"]
        street, truth = str(photos / "street.png"), tmp_path / "truth"
        main(["segment", street, "--output", str(truth), "--method", "reference", *words])
        command = ["evaluate", "--images", str(photos), "--masks", str(truth)]
        command += ["--annotations", str(truth / "street.json"), *words]
        assert main([*command, "--output", str(tmp_path / "scores")]) == 0
        lines = [line.split() for line in capsys.readouterr().out.splitlines()]
        assert ["PQ", "SQ", "RQ", "categories", "published", "PQ"] in lines
        assert [line[1:4] for line in lines if line[:1] == ["all"]] == [["100.00"] * 3]
        assert (tmp_path / "scores" / "report.html").is_file()

    def test_detail_method_and_threshold_reach_the_network(
        self, checkpoint, photos, tmp_path, capsys
    ):
        """What was segmented with some options is perfect with the same and not with others."""
        street, truth = str(photos / "street.png"), tmp_path / "truth"
        words = ["--checkpoint", checkpoint, "--language", "en"]
        options = ["--detail", "64", "--threshold", "0.6", "--method", "paper"]
        main(["segment", street, "--output", str(truth), *options, *words])
        command = ["evaluate", "--images", str(photos), "--masks", str(truth)]
        command += ["--annotations", str(truth / "street.json"), *words]
        found = {}
        for name, chosen in (("same", options), ("other", [*options, "--detail", "96"])):
            capsys.readouterr()
            assert main([*command, *chosen, "--output", str(tmp_path / name)]) == 0
            lines = [line.split() for line in capsys.readouterr().out.splitlines()]
            found[name] = next(line[1] for line in lines if line[:1] == ["all"])
        assert found["same"] == "100.00"
        assert float(found["other"]) < 95
        page = (tmp_path / "same" / "report.html").read_text(encoding="utf-8")
        assert "threshold 0.6, detail 64, method paper" in page

    def test_figures_come_first_and_each_oddity_is_named(
        self, checkpoint, photos, tmp_path, capsys
    ):
        words = ["--checkpoint", checkpoint, "--threshold", "0.5", "--language", "en"]
        street, truth = str(photos / "street.png"), tmp_path / "truth"
        main(["segment", street, "--output", str(truth), "--method", "reference", *words])
        document = json.loads((truth / "street.json").read_text())
        first, second, *_ = document["annotations"][0]["segments_info"]
        first["bbox"] = [0.5, 0.25, 3.75, 1e9]
        second["area"] = 1
        document["annotations"][0]["segments_info"].append({**first, "id": 77})
        (truth / "street.json").write_text(json.dumps(document), encoding="utf-8-sig")
        scores = tmp_path / "scores"
        scores.mkdir()
        (scores / "report.html").mkdir()  # so that the report can't be written
        command = ["evaluate", "--images", str(photos), "--masks", str(truth), *words]
        command += ["--annotations", str(truth / "street.json"), "--output", str(scores)]
        capsys.readouterr()
        assert main(command) == 2
        shown = capsys.readouterr()
        assert [line.split()[0] for line in shown.out.splitlines()[1:]] == [
            *("all", "things", "stuff")
        ]
        assert f"first segment {first['id']} of street.png. Those of the masks are" in shown.err
        assert f"first segment {second['id']} of street.png. Those of the masks count" in shown.err
        assert "no pixels: 1, first segment 77 of street.png" in shown.err
        assert "The results can't be written" in shown.err
        assert "Traceback" not in shown.err

    def test_folder_that_is_not_coco_s(self, checkpoint, photos, tmp_path, capsys):
        command = ["evaluate", "--images", str(photos), "--masks", str(photos), "--annotations"]
        words = ["--checkpoint", checkpoint, "--output", str(tmp_path / "scores")]
        assert main([*command, str(photos / "street.png"), *words]) == 2
        assert "Traceback" not in capsys.readouterr().err
