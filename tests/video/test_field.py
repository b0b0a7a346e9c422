"""Videos as people have them, made by ffmpeg; judged by ffmpeg and by what Chromium shows."""

import struct
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from detr_gradio.limits import limits
from detr_gradio.video.completeness import is_cut_off
from detr_gradio.video.frame import VideoError
from detr_gradio.video.reader import VideoReader
from detr_gradio.video.run import Frame, VideoRun
from tests.support import ffmpeg
from tests.support.ffmpeg import clip, make, probe, sound
from tests.support.moving_scene import panoptic_result

pytestmark = ffmpeg.needed

PHOTO = Path(__file__).parents[2] / "examples" / "photo-cows.jpg"


def see(image):
    return panoptic_result(np.zeros(image.shape[:2], np.uint8), {})


def work_off(source, folder, **options):
    """The run, its frames and the second of each."""
    run = VideoRun(source, folder, see, lambda image, result: image, **options)
    steps = list(run)
    return run, [step.image for step in steps], [step.seconds for step in steps]


def frames(source):
    """The frames that the reader finds, in this process."""
    with VideoReader(source) as reader:
        return [item for item in reader.read() if isinstance(item, Frame)]


def notes(run):
    return [note.key for note in run.summary.notes]


def make_unknown(source):
    """Give AAC the name of a codec that FFmpeg doesn't know, as telephones' spatial sound has."""
    return ffmpeg.replace(ffmpeg.replace(source, b"mp4a", b"apac"), b"esds", b"free")


class TestSound:
    def test_channels_in_an_order_of_their_own_go_where_they_belong(self, tmp_path):
        # Silence, 440 and 880 Hz; Apple's layout 114 says: centre, left, right. Decoding such a
        # map ends the process with PyAV 17.1 to 18.1.
        tones = "aevalsrc=0|sin(2*PI*440*t)|sin(2*PI*880*t):c=3.0:d=2:s=48000"
        words = f"{ffmpeg.PICTURE} -f lavfi -i {tones} -pix_fmt yuv420p -c:a pcm_s16le"
        source = make(tmp_path / "in.mov", words, seconds=2)
        ffmpeg.replace(source, struct.pack(">HH", 113, 3), struct.pack(">HH", 114, 3))
        run, _, _ = work_off(source, tmp_path)
        assert notes(run) == []
        left, right = sound(run.video)
        assert len(left) / 48_000 == pytest.approx(2, abs=0.03)
        assert ffmpeg.frequency(left) == pytest.approx(440, abs=1)
        assert ffmpeg.frequency(right) == pytest.approx(880, abs=1)

    @pytest.mark.parametrize(
        ("ending", "rate", "codecs"),
        [
            ("avi", 11024, "-c:v mjpeg -c:a pcm_u8"),  # as cameras of 2003 recorded
            ("mov", 5000, "-pix_fmt yuv420p -c:a pcm_s16le"),
            ("mkv", 96000, "-pix_fmt yuv420p -c:a flac"),
        ],
    )
    def test_rates_that_aac_has_not_are_resampled(self, ending, rate, codecs, tmp_path):
        source = clip(tmp_path / f"in.{ending}", f"{codecs} -ar {rate}")
        run, _, _ = work_off(source, tmp_path)
        assert probe(run.video)["audio"]["sample_rate"] == "48000"
        samples = sound(run.video)[0]
        assert len(samples) / 48_000 == pytest.approx(2, abs=0.03)
        assert ffmpeg.frequency(samples) == pytest.approx(440, abs=1)

    def test_a_track_that_nobody_can_decode_makes_room_for_the_next(self, tmp_path):
        words = "-f lavfi -i sine=880:d=2 -map 0 -map 1 -map 2 -pix_fmt yuv420p"
        words = f"{words} -c:a:0 aac -c:a:1 pcm_s16le"
        source = make(tmp_path / "in.mov", f"{ffmpeg.PICTURE} {ffmpeg.TONE} {words}", seconds=2)
        make_unknown(source)
        run, _, _ = work_off(source, tmp_path)
        assert notes(run) == []
        assert ffmpeg.frequency(sound(run.video)[0]) == pytest.approx(880, abs=1)

    def test_where_it_is_the_only_one_a_note_says_so(self, tmp_path):
        source = make_unknown(clip(tmp_path / "in.mov"))
        run, images, _ = work_off(source, tmp_path)
        assert len(images) == 50
        assert notes(run) == ["video_mute"]
        assert "audio" not in probe(run.video)

    def test_it_may_change_its_channels_and_rate_on_the_way(self, tmp_path):
        parts = []
        for channels, rate, tone in ((2, 44100, 440), (1, 48000, 880)):
            words = f"-f lavfi -i sine={tone}:d=1 -ac {channels} -ar {rate}"
            part = make(tmp_path / f"{channels}.mp3", words)
            parts.append(part.read_bytes())
        (tmp_path / "both.mp3").write_bytes(b"".join(parts))
        words = f"{ffmpeg.PICTURE} -i {tmp_path}/both.mp3 -pix_fmt yuv420p -c:a copy"
        source = make(tmp_path / "in.mp4", words, seconds=2)
        run, _, _ = work_off(source, tmp_path)
        assert notes(run) == []
        samples = sound(run.video)[0]
        assert len(samples) / 48_000 == pytest.approx(2.07, abs=0.06)  # MP3 pads each part
        assert ffmpeg.frequency(samples[:40_000]) == pytest.approx(440, abs=2)
        assert ffmpeg.frequency(samples[-40_000:]) == pytest.approx(880, abs=2)

    def test_a_gap_stays_a_gap_and_what_follows_in_step(self, tmp_path):
        first = make(tmp_path / "1.mka", "-f lavfi -i sine=440:d=1 -c:a pcm_s16le")
        second = make(tmp_path / "2.mka", "-f lavfi -i sine=880:d=1 -c:a pcm_s16le")
        listed = tmp_path / "list"
        listed.write_text(f"file {first}\nduration 2\nfile {second}\n")
        words = f"{ffmpeg.PICTURE} -f concat -safe 0 -i {listed} -pix_fmt yuv420p -c:a copy"
        source = make(tmp_path / "in.mkv", words, seconds=3)
        run, _, _ = work_off(source, tmp_path)
        left = sound(run.video)[0]
        assert ffmpeg.frequency(left[:47_000]) == pytest.approx(440, abs=2)
        assert np.abs(left[52_000:92_000]).max() < 0.01
        assert ffmpeg.frequency(left[97_000:]) == pytest.approx(880, abs=2)


def turned(source, matrix):
    """The same file with another display matrix; a, b, c and d in 1/65536."""
    data = bytearray(source.read_bytes())
    place = data.index(b"tkhd") + 4 + 40  # ISO/IEC 14496-12, 8.3.2
    a, b, c, d = matrix
    data[place : place + 36] = struct.pack(">9i", a, b, 0, c, d, 0, 0, 0, 1 << 30)
    made = source.with_name("turned.mp4")
    made.write_bytes(data)
    return made


ONE = 65_536
# A left half in red and a right half in blue above the same in green and white: which colours
# Chromium 13x shows in the corners, read from left to right and from top to bottom.
CORNERS = {"R": (220, 20, 20), "B": (20, 20, 220), "G": (20, 200, 20), "W": (235, 235, 235)}
SHOWN = {
    (ONE, 0, 0, ONE): "RBGW",
    (0, ONE, -ONE, 0): "GRWB",
    (-ONE, 0, 0, -ONE): "WGBR",
    (0, -ONE, ONE, 0): "BWRG",
    (-ONE, 0, 0, ONE): "BRWG",
    (ONE, 0, 0, -ONE): "GWRB",
    (0, ONE, ONE, 0): "RGBW",
    (0, -ONE, -ONE, 0): "WBGR",
    (0, 0, 0, 0): "RBGW",  # degenerate ones, or not exact, are no turn
    (ONE, 0, 0, 0): "RBGW",
    (46_341, 46_341, -46_341, 46_341): "RBGW",
    (1, ONE, -ONE, 1): "RBGW",
    (-ONE // 2, 0, 0, -ONE // 2): "RBGW",
}


def corners(image):
    height, width = image.shape[:2]
    places = [(y, x) for y in (height // 4, 3 * height // 4) for x in (width // 4, 3 * width // 4)]
    return "".join(
        min(CORNERS, key=lambda name: np.abs(image[place].astype(int) - CORNERS[name]).sum())
        for place in places
    )


class TestPicture:
    def test_turned_and_mirrored_as_chromium_shows_it(self, tmp_path):
        image = np.empty((90, 160, 3), np.uint8)
        image[:45, :80], image[:45, 80:] = CORNERS["R"], CORNERS["B"]
        image[45:, :80], image[45:, 80:] = CORNERS["G"], CORNERS["W"]
        Image.fromarray(image).save(tmp_path / "corners.png")
        words = f"-i {tmp_path}/corners.png -pix_fmt yuv420p"
        source = make(tmp_path / "in.mp4", words)
        shown = {}
        for matrix in SHOWN:
            (frame,) = frames(turned(source, matrix))
            shown[matrix] = corners(frame.image)
            across = matrix[0] == 0 and matrix[1] != 0
            assert frame.image.shape == ((160, 90, 3) if across else (90, 160, 3))
        assert shown == SHOWN

    @pytest.mark.parametrize(
        ("ending", "codec", "aspect", "shape"),
        [
            ("mp4", "libx264", "4/3", (180, 426, 3)),  # Chromium: 427 x 180; both sides even here
            ("webm", "libvpx", "4/3", (180, 426, 3)),
            ("mov", "libx264", "1/2", (360, 320, 3)),
            ("mkv", "libx264", "1/1000", (1920, 2, 3)),
        ],
    )
    def test_pixels_become_square_as_in_chromium(self, ending, codec, aspect, shape, tmp_path):
        words = f"-f lavfi -i testsrc2=size=320x180:duration=0.04:rate=25 -vf setsar={aspect}"
        source = make(tmp_path / f"in.{ending}", f"{words} -c:v {codec} -pix_fmt yuv420p")
        (frame,) = frames(source)
        assert frame.image.shape == shape

    def test_exif_turns_motion_jpeg_beside_data_that_nobody_knows(self, tmp_path):
        exif = Image.Exif()
        exif[0x0112] = 6  # the camera was held upright
        image = Image.new("RGB", (160, 90), CORNERS["R"])
        image.paste(CORNERS["B"], (80, 0, 160, 90))
        image.save(tmp_path / "in.jpg", exif=exif)
        source = make(tmp_path / "in.avi", f"-i {tmp_path}/in.jpg -c copy")
        (frame,) = frames(source)
        assert frame.image.shape == (160, 90, 3)
        assert corners(frame.image) == "RRBB"

    def test_another_size_is_fitted_into_the_first_one(self, tmp_path):
        for name, color, size in (("0", "red", "320x180"), ("1", "lime", "180x360")):
            words = f"-f lavfi -i color={color}:s={size}:d=0.4:r=25 -pix_fmt yuv420p"
            make(tmp_path / f"{name}.ts", f"{words} -output_ts_offset 0.{4 * int(name)}")
        both = tmp_path / "both.ts"
        both.write_bytes((tmp_path / "0.ts").read_bytes() + (tmp_path / "1.ts").read_bytes())
        source = make(tmp_path / "in.mkv", f"-i {both} -c copy")
        run, images, _ = work_off(source, tmp_path)
        assert {image.shape for image in images} == {(180, 320, 3)}
        read = probe(source)["video"]["nb_read_frames"]
        assert str(len(images)) == read == probe(run.video)["video"]["nb_read_frames"]
        assert images[0][90, 20].tolist() == pytest.approx([255, 0, 0], abs=8)
        # 180 x 360 in a height of 180 is 90 wide: from 115 to 205, between black bars.
        last = images[-1]
        assert last[90, 160].tolist() == pytest.approx([0, 255, 0], abs=8)
        assert (last[:, :114] == 0).all()
        assert (last[:, 206:] == 0).all()
        assert last[90, 118].tolist() == pytest.approx([0, 255, 0], abs=8)

    @pytest.mark.parametrize("transfer", ["smpte2084", "arib-std-b67"])
    def test_hdr_has_the_contrast_of_the_photograph(self, transfer, tmp_path):
        ordinary = "color_primaries=bt709:color_trc=iec61966-2-1:colorspace=bt709:range=tv"
        words = (
            f"-i {PHOTO} -c:v libx265 -x265-params log-level=none -crf 10 -vf "
            "scale=480:360:out_color_matrix=bt709:out_range=tv,format=yuv444p,"
            f"setparams={ordinary},zscale=p=2020:t={transfer}:m=2020_ncl:r=tv:npl=203,"
            "format=yuv420p10le"
        )
        source = make(tmp_path / "in.mp4", words)
        (frame,) = frames(source)
        photo = np.asarray(Image.open(PHOTO).convert("RGB").resize((480, 360)), np.float64)
        assert photo.std() == pytest.approx(50.1, abs=0.1)
        assert frame.image.std() == pytest.approx(50.1, abs=5)
        assert np.abs(frame.image - photo).mean() < 16


class TestTime:
    def test_a_slide_show_lasts_as_long_as_it_did(self, tmp_path):
        words = "-f lavfi -i testsrc2=size=320x180:duration=20:rate=1/5 -pix_fmt yuv420p"
        source = make(tmp_path / "in.mp4", words)
        run, _, seconds = work_off(source, tmp_path)
        assert seconds == [0, 5, 10, 15]
        assert probe(run.video)["duration"] == pytest.approx(20, abs=0.01)
        assert (run.summary.seconds, notes(run)) == (20, [])

    def test_a_part_of_it_begins_with_the_picture_on_show(self, tmp_path):
        words = "-f lavfi -i testsrc2=size=320x180:duration=20:rate=1/5 -pix_fmt yuv420p"
        source = make(tmp_path / "in.mp4", words)
        whole = frames(source)
        run, images, seconds = work_off(source, tmp_path, start=7, end=9)
        assert seconds == [7]
        assert np.array_equal(images[0], whole[1].image)
        assert probe(run.video)["duration"] == pytest.approx(2, abs=0.01)
        run, images, seconds = work_off(source, tmp_path, start=17)
        assert seconds == [17]
        assert np.array_equal(images[0], whole[3].image)
        assert probe(run.video)["duration"] == pytest.approx(3, abs=0.01)

    def test_sound_may_last_longer_than_the_picture(self, tmp_path):
        words = (
            "-f lavfi -i testsrc2=duration=2:size=320x180 -f lavfi -i sine=440:duration=6 "
            "-c:v libvpx -c:a libopus"
        )
        source = make(tmp_path / "in.webm", words)
        run, images, _ = work_off(source, tmp_path)
        assert (len(images), notes(run)) == (50, [])
        assert probe(run.video)["duration"] == pytest.approx(6, abs=0.03)
        assert sound(run.video).shape[1] / 48_000 == pytest.approx(6, abs=0.03)

    def test_sound_of_an_avi_may_last_longer_too(self, tmp_path):
        words = (
            "-f lavfi -i testsrc2=duration=1:size=320x180:rate=10 -f lavfi -i sine=440:duration=4"
        )
        source = make(tmp_path / "in.avi", f"{words} -c:v mjpeg -c:a pcm_s16le")
        run, images, _ = work_off(source, tmp_path)
        assert (len(images), notes(run)) == (10, [])
        assert probe(run.video)["duration"] == pytest.approx(4, abs=0.03)
        assert sound(run.video).shape[1] / 48_000 == pytest.approx(4, abs=0.03)

    def test_the_picture_may_begin_after_the_sound(self, tmp_path):
        words = "-itsoffset 4 -f lavfi -i testsrc2=duration=2:size=320x180:rate=25"
        words = f"{words} -f lavfi -i sine=440:duration=6 -pix_fmt yuv420p -c:a aac"
        source = make(tmp_path / "in.mkv", words)
        run, _, seconds = work_off(source, tmp_path)
        assert seconds[:2] == pytest.approx([4, 4.04], abs=0.03)
        assert notes(run) == []
        assert probe(run.video)["duration"] == pytest.approx(6, abs=0.05)
        assert sound(run.video).shape[1] / 48_000 == pytest.approx(6, abs=0.05)

    def test_time_stamps_may_begin_at_a_hundred_seconds(self, tmp_path):
        first = clip(tmp_path / "first.mp4")
        words = f"-i {first} -c copy -output_ts_offset 100 -avoid_negative_ts disabled"
        source = make(tmp_path / "in.mkv", words)
        assert probe(source)["duration"] == pytest.approx(102, abs=0.1)
        run, _, seconds = work_off(source, tmp_path)
        assert seconds == pytest.approx([index / 25 for index in range(50)], abs=0.002)
        assert probe(run.video)["duration"] == pytest.approx(2, abs=0.05)
        with VideoReader(source) as reader:
            assert reader.duration == pytest.approx(2, abs=0.05)

    def test_b_frames_of_an_avi_come_in_their_order_and_time(self, tmp_path):
        source = clip(tmp_path / "in.avi", "-c:v libx264 -bf 3 -pix_fmt yuv420p -an")
        found = frames(source)
        assert [frame.seconds for frame in found] == pytest.approx([i / 25 for i in range(50)])
        # The same stream in a container that has time stamps.
        other = frames(make(tmp_path / "in.mkv", f"-fflags +genpts -i {source} -c copy"))
        assert all(np.array_equal(a.image, b.image) for a, b in zip(found, other, strict=True))

    @pytest.mark.parametrize("name", ["mp4", "webm", "avi", "mkv"])
    def test_only_what_breaks_off_is_cut_off(self, name, tmp_path):
        codecs = "-c:v libvpx -c:a libopus" if name == "webm" else "-pix_fmt yuv420p"
        source = clip(tmp_path / f"in.{name}", codecs, seconds=1)
        assert not is_cut_off(source)
        data = source.read_bytes()
        source.write_bytes(data + b"\0" * 100)  # what stands behind is no harm
        assert not is_cut_off(source)
        source.write_bytes(data[:-1])
        assert is_cut_off(source)


class TestBounds:
    @pytest.fixture
    def bound(self, monkeypatch):
        def set_limit(name, value):
            monkeypatch.setenv(f"DETR_{name}", str(value))
            limits.cache_clear()

        yield set_limit
        monkeypatch.undo()
        limits.cache_clear()

    def test_frames_that_grow_beyond_the_limit_are_not_decoded(self, tmp_path):
        for name, size in (("1", "64x64"), ("2", "4000x3000")):
            words = f"-f lavfi -i testsrc2=s={size}:d=0.2:r=25 -c:v mjpeg -pix_fmt yuvj420p"
            make(tmp_path / name, f"{words} -f mjpeg")
        both = tmp_path / "both.mjpeg"
        both.write_bytes((tmp_path / "1").read_bytes() + (tmp_path / "2").read_bytes())
        source = make(tmp_path / "in.avi", f"-f mjpeg -r 25 -i {both} -c copy")
        with VideoReader(source) as reader:
            found = list(reader.read())
        assert [frame.image.shape for frame in found] == [(64, 64, 3)] * 5
        assert reader.damaged_at == pytest.approx(0.16)

    def test_a_flood_of_frames_is_refused_before_it_is_begun(self, tmp_path):
        words = "-f lavfi -i color=s=16x16:d=2:r=5000 -c:v mjpeg -pix_fmt yuvj420p"
        source = make(tmp_path / "in.avi", words)
        with pytest.raises(VideoError, match="has 10000 frames; at most 7200") as caught:
            work_off(source, tmp_path)
        assert caught.value.key == "video_too_many_frames"

    def test_where_nobody_says_how_many_they_end_at_the_limit(self, tmp_path, bound):
        bound("MAX_VIDEO_FRAMES", 10)
        made = clip(tmp_path / "in.webm", "-c:v libvpx -an")
        source = tmp_path / "live.webm"
        source.write_bytes(ffmpeg.output(f"-i {made} -c copy -f webm -live 1 -"))
        run, images, _ = work_off(source, tmp_path)
        assert len(images) == 10 == int(probe(run.video)["video"]["nb_frames"])
        assert notes(run) == ["video_limited"]

    def test_time_is_bounded_and_what_is_done_is_kept(self, tmp_path, bound):
        bound("MAX_VIDEO_WORK_SECONDS", 1)
        source = clip(tmp_path / "in.mp4")
        run = VideoRun(source, tmp_path, see, lambda image, result: image)
        run._began = 0.0
        steps = [step for step in run if _wait(step)]
        assert 1 <= len(steps) < 20
        assert len(steps) == int(probe(run.video)["video"]["nb_frames"])
        assert notes(run) == ["video_limited"]

    @pytest.mark.parametrize(
        ("ending", "codecs", "key"),
        [
            ("mov", "-c:v gif", "video_unreadable"),
            ("mkv", "-c:v wmv2", "video_unreadable"),
            ("flv", "-c:v flv1", "video_unreadable"),
            ("ts", "-c:v mpeg2video", "video_unreadable"),
        ],
    )
    def test_codecs_and_formats_not_on_the_list_are_refused(self, ending, codecs, key, tmp_path):
        words = f"-f lavfi -i testsrc2=s=64x64:d=0.2 {codecs}"
        with pytest.raises(VideoError) as caught:
            VideoReader(make(tmp_path / f"in.{ending}", words))
        assert caught.value.key == key


def _wait(_):
    import time

    time.sleep(0.2)
    return True


class TestNames:
    @pytest.mark.parametrize(
        "name", ["12:30.mp4", "a b%20#?.mp4", "http:x.mp4", "-.mp4", "año.mp4"]
    )
    def test_any_name_of_the_file_system(self, name, tmp_path, monkeypatch):
        folder = tmp_path / "sub:dir"
        folder.mkdir()
        monkeypatch.chdir(folder)
        clip(tmp_path / "in.mp4", seconds=0.2).rename(folder / name)
        run, images, _ = work_off(name, Path())
        assert len(images) == 5
        assert run.video.is_file()
