"""Videos in and out: every format, sound, rotation, time, damage, limits, memory."""

import csv
import json
import sys
from itertools import count
from multiprocessing import get_context
from threading import Event

import av
import cv2
import numpy as np
import pytest

from detr_gradio.limits import limits
from detr_gradio.video.frame import Frame, VideoError
from detr_gradio.video.reader import VideoReader
from detr_gradio.video.run import VideoRun, follow_frames
from tests.support.children import peak_memory
from tests.support.made_videos import read_tone, read_video, turn, write_video
from tests.support.moving_scene import GRASS, PERSON, discs, panoptic_result, picture, read_picture

PEOPLE = dict.fromkeys(range(1, 8), PERSON)


def see(image):
    """A segmenter that knows the scene: the colours of a picture are its truth."""
    return panoptic_result(read_picture(image), PEOPLE)


def leave(image, result):
    """Draw nothing: the picture as it is."""
    return image


@pytest.fixture
def fresh_limits():
    """Limits are read anew from the environment, before and after."""
    limits.cache_clear()
    yield
    limits.cache_clear()


def run_all(source, folder, **options):
    run = VideoRun(
        source, folder, options.pop("segment", see), options.pop("draw", leave), **options
    )
    return run, list(run)


def pictures(frames, **options):
    return [picture(truth) for truth in discs(frames, **options)]


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    """Two seconds, 25 frames a second, 320 x 180, with a tone."""
    return write_video(tmp_path_factory.mktemp("clip") / "clip.mp4", pictures(50), tone=True)


def test_the_network_works_on_the_next_frame_while_one_is_drawn(tmp_path):
    source = write_video(tmp_path / "in.mp4", pictures(5))
    begun = [Event() for _ in range(6)]
    begun[5].set()  # there is no frame after the last one
    segmented, drawn, waited = count(), count(1), []

    def segment(image):
        begun[next(segmented)].set()
        return see(image)

    def draw(image, result):
        waited.append(begun[next(drawn)].wait(60))
        return image

    run, steps = run_all(source, tmp_path, segment=segment, draw=draw)
    assert waited == [True] * 5
    assert [step.frames for step in steps] == [1, 2, 3, 4, 5]
    assert run.summary.frames == 5


@pytest.mark.parametrize("ending", ["mp4", "mov", "avi", "webm"])
def test_every_format_keeps_frames_rate_picture_and_sound(ending, tmp_path):
    images = pictures(30)
    source = write_video(tmp_path / f"in.{ending}", images, rate=15, tone=True)
    run, steps = run_all(source, tmp_path)
    assert run.summary.frames == run.summary.segmented == len(steps) == 30
    assert run.summary.damaged_at is None
    frames, times = read_video(run.video)
    assert len(frames) == 30
    assert times == pytest.approx(read_video(source)[1], abs=0.002)
    for index in (0, 14, 29):
        assert (read_picture(frames[index]) == read_picture(images[index])).mean() > 0.98
    seconds, frequency = read_tone(run.video)
    assert seconds == pytest.approx(2.0, abs=0.1)
    assert frequency == pytest.approx(440, abs=2)


def test_browsers_can_play_the_file(clip, tmp_path):
    run, _ = run_all(clip, tmp_path)
    with av.open(str(run.video)) as container:
        video, audio = container.streams.video[0], container.streams.audio[0]
        assert (video.codec_context.name, video.pix_fmt) == ("h264", "yuv420p")
        assert audio.codec_context.name == "aac"
    data = run.video.read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")


def test_colours_survive_the_way_through(tmp_path):
    color = np.array([200, 60, 30], np.uint8)
    source = write_video(tmp_path / "in.mp4", [np.full((64, 96, 3), color)] * 5)
    run, steps = run_all(source, tmp_path, segment=lambda i: panoptic_result(i[..., 0] * 0, {}))
    with av.open(str(run.video)) as container:
        frame = next(container.decode(video=0))
        assert frame.colorspace == 1
        shown = frame.reformat(format="rgb24", src_colorspace="ITU709").to_ndarray()
    assert np.abs(shown.astype(int) - color).max() <= 6
    assert np.abs(steps[0].image.astype(int) - color).max() <= 6


def test_a_turned_video_comes_out_upright(tmp_path):
    images = pictures(5)
    source = turn(write_video(tmp_path / "in.mp4", images))
    run, steps = run_all(source, tmp_path)
    assert steps[0].image.shape == (320, 180, 3)
    frames, _ = read_video(run.video)
    expected = np.rot90(read_picture(images[0]), -1)
    assert (read_picture(frames[0]) == expected).mean() > 0.98


def test_a_part_of_a_video_keeps_its_sound_in_step(clip, tmp_path):
    run, steps = run_all(clip, tmp_path, start=0.4, end=1.2)
    assert [step.seconds for step in steps] == pytest.approx([0.4 + 0.04 * i for i in range(20)])
    frames, times = read_video(run.video)
    assert len(frames) == 20
    assert times[0] == pytest.approx(0)
    assert read_tone(run.video)[0] == pytest.approx(0.8, abs=0.1)
    assert run.summary.damaged_at is None


def test_uneven_times_stay_uneven(tmp_path):
    path = tmp_path / "in.webm"
    milliseconds = [0, 40, 200, 233, 600, 640]
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libvpx", rate=1000)
        stream.width, stream.height, stream.pix_fmt = 320, 180, "yuv420p"
        for time, image in zip(milliseconds, pictures(6), strict=True):
            frame = av.VideoFrame.from_ndarray(image, format="rgb24")
            frame.pts = time
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    run, _ = run_all(path, tmp_path)
    assert read_video(run.video)[1] == pytest.approx([t / 1000 for t in milliseconds], abs=0.002)


def test_stop_leaves_a_file_that_plays(clip, tmp_path):
    run = VideoRun(clip, tmp_path, see, leave)
    for step in run:
        if step.frames == 10:
            run.stop()
    assert run.summary.stopped
    assert run.summary.frames == 10
    assert len(read_video(run.video)[0]) == 10
    assert len(run.jsonl.read_text().splitlines()) == 10


def test_leaving_early_leaves_a_file_that_plays(clip, tmp_path):
    steps = iter(VideoRun(clip, tmp_path, see, leave))
    for _ in range(7):
        next(steps)
    steps.close()
    assert len(read_video(tmp_path / "video.mp4")[0]) == 7


def test_an_error_of_the_network_leaves_a_file_that_plays(clip, tmp_path):
    calls = count()

    def fail(image):
        if next(calls) == 5:
            raise MemoryError
        return see(image)

    with pytest.raises(MemoryError):
        list(VideoRun(clip, tmp_path, fail, leave))
    assert len(read_video(tmp_path / "video.mp4")[0]) == 5


@pytest.mark.parametrize("ending", ["mp4", "avi", "webm"])
def test_a_video_that_breaks_off_gives_what_there_is_and_says_where(ending, tmp_path):
    source = write_video(tmp_path / f"in.{ending}", pictures(100))
    data = source.read_bytes()
    source.write_bytes(data[: len(data) // 2])
    run, steps = run_all(source, tmp_path)
    assert 20 < len(steps) < 80
    assert run.summary.damaged_at == pytest.approx(len(steps) / 25, abs=0.2)
    assert len(read_video(run.video)[0]) == len(steps)


def test_damage_in_the_middle_is_passed_over_and_told(tmp_path):
    source = write_video(tmp_path / "in.mp4", pictures(100))
    data = bytearray(source.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 3000] = bytes(3000)
    source.write_bytes(data)
    run, steps = run_all(source, tmp_path)
    assert run.summary.damaged_at is not None
    assert 0.2 < run.summary.damaged_at < 3.8
    assert len(read_video(run.video)[0]) == len(steps) > 20


@pytest.mark.parametrize(
    ("name", "content", "key"),
    [
        ("empty.mp4", b"", "video_unreadable"),
        ("text.mp4", b"this is not a video" * 100, "video_unreadable"),
        (
            "list.mp4",
            b"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nclip.mp4\n",
            "video_unreadable",
        ),
        ("list.ffconcat", b"ffconcat version 1.0\nfile clip.mp4\n", "video_unreadable"),
    ],
)
def test_what_is_no_video_is_told(name, content, key, clip, tmp_path):
    (tmp_path / "clip.mp4").write_bytes(clip.read_bytes())
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(VideoError) as caught:
        VideoRun(path, tmp_path, see, leave)
    assert caught.value.key == key
    assert str(tmp_path) not in str(caught.value)


def test_a_missing_file_and_a_file_of_sound_are_told(clip, tmp_path):
    with pytest.raises(VideoError, match="no video yet"):
        VideoReader(tmp_path / "nothing.mp4")
    with av.open(str(clip)) as source, av.open(str(tmp_path / "sound.mp4"), "w") as sound:
        track = sound.add_stream_from_template(source.streams.audio[0])
        for packet in source.demux(audio=0):
            if packet.size:
                packet.stream = track
                sound.mux(packet)
    with pytest.raises(VideoError, match="no moving picture"):
        VideoReader(tmp_path / "sound.mp4")


@pytest.mark.parametrize(
    ("variable", "value", "key"),
    [
        ("DETR_MAX_VIDEO_BYTES", "2000", "video_too_heavy"),
        ("DETR_MAX_VIDEO_SECONDS", "1", "video_too_long"),
        ("DETR_MAX_VIDEO_PIXELS", "50000", "video_too_many_pixels"),
    ],
)
def test_limits_are_told(variable, value, key, clip, tmp_path, fresh_limits, monkeypatch):
    monkeypatch.setenv(variable, value)
    with pytest.raises(VideoError) as caught:
        VideoRun(clip, tmp_path, see, leave)
    assert caught.value.key == key


def test_a_part_within_the_limit_is_welcome(clip, tmp_path, fresh_limits, monkeypatch):
    monkeypatch.setenv("DETR_MAX_VIDEO_SECONDS", "1")
    _, steps = run_all(clip, tmp_path, start=0.5, end=1.5)
    assert len(steps) == 25


@pytest.mark.parametrize(("start", "end"), [(1.0, 0.5), (1.0, 1.0), (9.0, None)])
def test_an_empty_part_is_told(start, end, clip, tmp_path):
    with pytest.raises(VideoError, match="end must come after"):
        VideoRun(clip, tmp_path, see, leave, start=start, end=end)


def test_large_frames_are_reduced_and_odd_ones_made_even(tmp_path, fresh_limits, monkeypatch):
    monkeypatch.setenv("DETR_VIDEO_SIDE", "100")
    source = write_video(tmp_path / "in.avi", [np.zeros((183, 321, 3), np.uint8)] * 3)
    _, steps = run_all(source, tmp_path)
    assert steps[0].image.shape == (56, 100, 3)


def test_every_third_frame_is_segmented_and_things_keep_their_numbers(tmp_path):
    frames = [Frame(image, index / 25) for index, image in enumerate(pictures(60))]
    truth = [read_picture(frame.image) for frame in frames]
    calls = count()

    def segment(image):
        return panoptic_result(read_picture(image), PEOPLE, seed=next(calls))

    first = {}
    for index, (_, result, seen) in enumerate(follow_frames(frames, segment, every=3)):
        assert seen == (index % 3 == 0)
        owner = {s.id: s.query for s in result.segments}
        agreement = np.vectorize(owner.get)(result.segment_ids) == truth[index]
        assert agreement.mean() > 0.97
        assert sum(s.area for s in result.segments) == truth[index].size
        for segment_ in result.segments:
            assert first.setdefault(segment_.query, segment_.number) == segment_.number
    assert next(calls) == 20


def test_a_moved_map_fits_better_than_one_that_stays():
    generator = np.random.default_rng(0)
    noise = generator.integers(0, 256, (30, 40, 3), np.uint8)
    ground = cv2.resize(noise, (320, 240), interpolation=cv2.INTER_CUBIC)
    patch = cv2.resize(255 - noise[:8, :8], (60, 60), interpolation=cv2.INTER_CUBIC)
    frames, truths = [], []
    for step in range(5):
        image, truth = ground.copy(), np.zeros((240, 320), np.uint8)
        area = np.s_[80:140, 100 + 4 * step : 160 + 4 * step]
        image[area], truth[area] = patch, 1
        frames.append(Frame(image, step / 25))
        truths.append(truth)
    results = [
        result
        for _, result, _ in follow_frames(
            frames, lambda image: panoptic_result(truths[0], PEOPLE), every=5
        )
    ]

    def iou(one, other):
        return (one & other).sum() / (one | other).sum()

    person = next(s.id for s in results[4].segments if s.category_id == PERSON)
    moved = iou(results[4].segment_ids == person, truths[4] == 1)
    stayed = iou(truths[0] == 1, truths[4] == 1)
    assert stayed == pytest.approx(44 / 76)
    assert moved > 0.75


def test_tables_say_what_is_in_each_frame(clip, tmp_path):
    run, steps = run_all(clip, tmp_path, every=5, end=0.4, language="es")
    rows = list(csv.DictReader(run.csv.open(encoding="utf-8-sig", newline="")))
    lines = [json.loads(line) for line in run.jsonl.read_text(encoding="utf-8").splitlines()]
    assert [line["frame"] for line in lines] == list(range(10))
    assert [line["segmented"] for line in lines] == [i % 5 == 0 for i in range(10)]
    assert len(rows) == sum(len(line["segments"]) for line in lines)
    assert {row["label"] for row in rows} == {"persona", "césped"}
    grass = next(s for s in lines[0]["segments"] if s["category_id"] == GRASS)
    truth = read_picture(steps[0].image)
    assert grass["area"] == int((truth == 0).sum())
    assert grass["is_thing"] is False
    assert [grass[key] for key in ("x", "y", "width", "height")] == [0, 0, 320, 180]


def test_timeline_knows_who_was_there_when(tmp_path):
    images = []
    for step in range(40):
        truth = np.zeros((60, 80), np.uint8)
        truth[:, :20] = 1
        if step >= 20:
            truth[:, 60:] = 2
        images.append(picture(truth))
    source = write_video(tmp_path / "in.mp4", images, rate=10)
    run, _ = run_all(source, tmp_path)
    first, second, ground = run.timeline.rows()
    assert (first.category.id, first.number, first.is_thing) == (PERSON, 1, True)
    assert (second.category.id, second.number) == (PERSON, 2)
    assert (ground.category.id, ground.is_thing) == (GRASS, False)
    assert first.areas == pytest.approx(np.full(240, 0.25), abs=0.02)
    assert (second.areas[:118] == 0).all()
    assert second.areas[122:] == pytest.approx(np.full(118, 0.25), abs=0.02)


def test_progress_counts_down(clip, tmp_path):
    _, steps = run_all(clip, tmp_path)
    assert [step.frames for step in steps] == list(range(1, 51))
    assert {step.total for step in steps} == {50}
    assert steps[-1].seconds_left == 0
    assert all(step.milliseconds_per_frame > 0 for step in steps)


def peak_of_run(source, folder):
    """Most bytes that a process of its own needed to work through a video."""
    for _ in VideoRun(source, folder, see, leave, every=5):
        pass
    return peak_memory()


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="other systems count memory otherwise")
def test_memory_does_not_grow_with_length(tmp_path):
    images = pictures(50)
    peaks = []
    for frames in (100, 1000):
        source = write_video(tmp_path / f"{frames}.mp4", (images * 20)[:frames])
        with get_context("spawn").Pool(1) as pool:
            peaks.append(pool.apply(peak_of_run, (source, tmp_path)))
    assert peaks[1] < 1.05 * peaks[0]
