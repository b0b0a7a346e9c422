"""The queue under load: bounded for each kind of work, and deaf visitors cost nobody anything."""

import base64
import io
import itertools
import json
import threading
import time
from contextlib import contextmanager

import gradio as gr
import numpy as np
import pytest
from gradio.utils import LRUCache
from PIL import Image

from benchmarks.server import Page
from benchmarks.visitors import Refused, Visitor
from benchmarks.visitors import picture as numbered_picture
from detr_gradio.checkpoints.catalogue import DEFAULT
from detr_gradio.limits import limits
from detr_gradio.messages import UserError
from detr_gradio.server.gradio_patches import bounded_queue
from detr_gradio.server.launch import launch
from detr_gradio.settings import Settings
from detr_gradio.ui import reactions
from detr_gradio.ui.i18n import text
from tests.support.fake import FakeService

NUMBERS = itertools.count()


class App:
    """A running app.

    Attributes:
        queue: of its page.
        segmenter: what stands for DETR-R101.
        page: for visitors.
    """

    def __init__(self):
        service = FakeService()
        self.served = launch(Settings(), service, block=False)
        self.queue, self.demo = self.served.queue, self.served.demo
        self.segmenter = service.segmenters[DEFAULT]
        self.page = Page(self.served.url)

    def idle(self):
        """Whether nobody waits and nothing is worked on."""
        return not len(self.queue) and not self.queue.get_active_worker_count()

    @contextmanager
    def full(self):
        """The network at work on one picture, and as many more waiting as may."""
        with self.segmenter.held():
            for _ in range(limits().queue_size + 1):
                join(self.page)
                wait_until(lambda: self.queue.get_active_worker_count() == 1)
            yield


@pytest.fixture(scope="module")
def running():
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DETR_QUEUE_SIZE", "2")
        limits.cache_clear()
        app = App()
        yield app
        app.served.close()
    limits.cache_clear()


@pytest.fixture
def app(running):
    """The app, with nothing to do."""
    yield running
    wait_until(running.idle)


def wait_until(condition):
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


def picture():
    """One that the app has not seen."""
    return numbered_picture(next(NUMBERS))


def join(page, language="en"):
    """Send a picture and take no notice of the answer."""
    visitor = Visitor(page, language)
    visitor.join(page.event("segment"), [visitor.upload(picture()), None, 0.85, None, "paper"])
    return visitor


@pytest.mark.parametrize("language", ["en", "es"])
def test_a_full_queue_says_so_and_when_to_come_again(app, language):
    with app.full(), pytest.raises(Refused) as refused:
        join(app.page, language)
    assert str(refused.value) == text("queue_full", language, size=2)
    assert refused.value.seconds >= 1


def test_whoever_waits_is_told_a_place_that_falls(app):
    with app.segmenter.held():
        first = join(app.page)
        wait_until(lambda: app.queue.get_active_worker_count() == 1)
        join(app.page)
        last = join(app.page)
    ranks = [message["rank"] for message in last.messages() if message["msg"] == "estimation"]
    assert ranks == [1, 0]
    assert [message["msg"] for message in first.messages()][-1] == "process_completed"


def test_who_has_had_less_of_late_goes_first(app, monkeypatch):
    monkeypatch.setattr(app.queue, "size", 3)
    greedy, modest, third = Visitor(app.page), Visitor(app.page), Visitor(app.page)
    app.queue._charge(greedy.session, 6.0)
    app.queue._charge(third.session, 4.0)
    segment = app.page.event("segment")
    with app.segmenter.held():
        join(app.page)
        wait_until(lambda: app.queue.get_active_worker_count() == 1)
        for visitor in (greedy, third, modest):
            image = visitor.upload(picture())
            visitor.join(segment, [image, None, 0.85, None, "paper"])
        waiting = app.queue.event_queue_per_concurrency_id["network"].queue
        order = [event.session_hash for event in waiting]
    assert order == [third.session, modest.session, greedy.session]
    ranks = [message["rank"] for message in greedy.messages() if message["msg"] == "estimation"]
    assert ranks == [0, 1, 2, 1, 0]


def large_picture():
    """17 million pixels, in few bytes."""
    buffer = io.BytesIO()
    Image.new("RGB", (4250, 4000)).save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()


def test_an_ordinary_picture_does_not_wait_for_costly_ones(app):
    segment = app.page.event("segment")
    costly, ordinary = [Visitor(app.page), Visitor(app.page)], Visitor(app.page)
    with app.segmenter.held():
        for visitor in costly:
            image = visitor.upload(large_picture())
            visitor.join(segment, [image, None, 0.85, None, "paper"])
        wait_until(lambda: app.queue.get_active_worker_count() == 1)
        ordinary.join(segment, [ordinary.upload(picture()), None, 0.85, None, "paper"])
        wait_until(lambda: app.queue.get_active_worker_count() == 2)
        waiting = app.queue.event_queue_per_concurrency_id[bounded_queue.COSTLY].queue
        assert [event.session_hash for event in waiting] == [costly[1].session]
    for visitor in (*costly, ordinary):
        assert [message["msg"] for message in visitor.messages()][-1] == "process_completed"


def test_the_picture_on_show_and_a_dropped_one_are_known_as_costly(app):
    visitor = Visitor(app.page)
    path = visitor.upload(large_picture())["path"]
    known = [
        list(bounded_queue._named(value))
        for value in (
            [{"picture": path, "name": "a"}, None],
            [[{"path": path}, 0.85], {"path": 3}],
            {"event_data": {"again": True, "path": path}},
            [path, "path", {"a": {"b": [{"path": path}]}}],
        )
    ]
    assert known == [[path]] * 4


def test_what_was_had_counts_half_after_a_minute(app):
    app.queue._used["ann"] = (8.0, time.monotonic() - 60)
    assert app.queue._seconds_used("ann") == pytest.approx(4.0, rel=0.05)
    app.queue._charge("ann", 1.0)
    assert app.queue._seconds_used("ann") == pytest.approx(5.0, rel=0.05)


def test_what_needs_no_network_is_answered_while_its_queue_is_full(app):
    visitor = Visitor(app.page)
    visitor.show(picture(), 800)
    refine = app.page.event("threshold_change", "viewer")
    with app.full():
        moved = visitor.run(refine, [None, None, None, "paper"], {"threshold": 0.5})
        taken = visitor.run(app.page.event("click", "download-legend"), [])
        categories = Visitor(app.page).run(app.page.event("categories"), [])
        table = visitor.get(taken.data[0]["path"])
    shown = json.loads(moved.data[app.page.place(refine, "viewer")])
    assert shown["facts"]["threshold"] == 0.5
    assert len(shown["segments"]) == 5
    assert len(table.splitlines()) == 6
    assert len(categories.data[0]) == 133


def test_opening_the_page_takes_no_place(app):
    """Only what the page's address names is segmented when it is opened."""
    network = {
        each["id"] for each in app.page.config["dependencies"] if each["id"] in network_events(app)
    }
    opening = {
        each["id"]
        for each in app.page.config["dependencies"]
        if any(name in ("load", "then") for _, name in each["targets"])
    }
    assert network
    assert opening
    assert not network & opening


def network_events(app):
    return {fn._id for fn in app.demo.fns.values() if fn.concurrency_id == "network"}


def test_visitors_that_are_forgotten_stop_nobody(app, monkeypatch):
    """Gradio's loop ends where somebody waits who is no longer among its 2,000 visitors."""
    monkeypatch.setattr(app.queue, "pending_messages_per_session", LRUCache(2))
    with app.segmenter.held():
        for _ in range(3):
            join(app.page)
        for _ in range(4):
            Visitor(app.page).join(app.page.event("categories"), [])
    wait_until(app.idle)
    _, (overlay, _) = Visitor(app.page).segment(picture())
    assert overlay.startswith(b"\x89PNG")


def test_answers_that_nobody_reads_are_bounded(app, monkeypatch):
    monkeypatch.setattr(bounded_queue, "MAX_UNREAD", 30)
    deaf = join(app.page)
    for _ in range(30):
        wait_until(app.idle)
        deaf.join(app.page.event("categories"), [])
    wait_until(app.idle)
    Visitor(app.page).run(app.page.event("categories"), [])
    kept = app.queue.pending_messages_per_session
    assert sum(waiting.qsize() for waiting in kept.values()) <= 30


def test_nothing_is_kept_of_visitors_who_have_their_answers(app):
    before = len(app.queue.pending_messages_per_session)
    for _ in range(5):
        Visitor(app.page).segment(picture())
    assert len(app.queue.pending_messages_per_session) <= before + 1
    assert len(app.queue.pending_event_ids_session) <= before + 1
    wait_until(lambda: not app.queue.event_ids_to_events)
    assert not app.queue.event_analytics


def test_a_visitor_s_session_holds_states_alone(app):
    visitor = Visitor(app.page)
    visitor.show(picture(), 800)
    session = app.demo.app.state_holder[visitor.session]
    assert session.config_values == {}
    assert list(session.components) == []
    views = [value for value in session.state_data.values() if hasattr(value, "threshold")]
    assert [view.threshold for view in views] == [0.85, 0.85]  # on show, and asked for
    assert not any(isinstance(value, np.ndarray) for value in session.state_data.values())
    shared = app.demo.default_config.blocks
    own = [block for key, block in session.blocks_config.blocks.items() if block is not shared[key]]
    assert all(hasattr(block, "choices") for block in own)


def test_choices_of_a_visitor_s_own_are_kept(app):
    """A component that an event gave other choices is the visitor's; no other one is."""
    session = app.demo.app.state_holder["whoever"]
    shared = app.demo.default_config.blocks
    for key, block in shared.items():
        if isinstance(block, gr.Radio | gr.Button):
            changed = type(block)(**{**block.constructor_args, "render": False})
            session[key] = changed
            assert session[key] is changed  # as long as nothing else is put in
    for key, block in shared.items():
        if isinstance(block, gr.Radio):
            assert session[key] is not block
    buttons = [key for key, block in shared.items() if isinstance(block, gr.Button)]
    assert sum(session[key] is not shared[key] for key in buttons) <= 1


def test_a_live_turn_ends_in_time_whenever_the_last_frame_comes(app, monkeypatch):
    """A frame shortly before the end does not make the turn longer."""
    event = app.page.event("stream", "live-camera")
    monkeypatch.setattr(app.demo.fns[event], "time_limit", 3)
    url = f"data:image/png;base64,{base64.b64encode(picture()).decode()}"
    data = [
        {"url": url, "meta": {"_type": "gradio.FileData"}},
        320,
        None,
        0.85,
        "paper",
        "en",
        None,
    ]
    visitor = Visitor(app.page)
    number = visitor.join(event, data)
    messages = visitor.messages()
    while next(messages)["msg"] != "process_starts":
        pass
    start = time.monotonic()
    time.sleep(2.5)
    assert visitor.send(number, data)
    assert [*messages][-1]["msg"] == "process_completed"
    assert time.monotonic() - start < 4.5  # 5.5 if the last frame began a time of its own


def test_downloads_wait_for_themselves_alone(app, monkeypatch):
    """While one file is being made, the next download waits, and a new threshold does not."""
    visitor = Visitor(app.page)
    visitor.show(picture(), 800)
    going_on, made = threading.Event(), []

    def slow(kind, *_arguments, **_options):
        made.append(kind)
        going_on.wait(60)
        raise UserError("server_disk")

    monkeypatch.setattr(reactions, "make_file", slow)
    for _ in range(3):
        visitor.join(app.page.event("click", "download-legend"), [])
    wait_until(lambda: made)
    other = Visitor(app.page).run(app.page.event("categories"), [])
    assert len(other.data[0]) == 133
    assert len(made) == 1
    going_on.set()
    wait_until(lambda: len(made) == 3)


def test_one_visitor_has_a_quarter_of_the_places(app, monkeypatch):
    """32 places: the ninth event of one who waits eight times is refused, another one is not."""
    monkeypatch.setattr(app.queue, "size", 32)
    with app.segmenter.held():
        join(app.page)
        wait_until(lambda: app.queue.get_active_worker_count() == 1)
        greedy, event = Visitor(app.page), app.page.event("segment")
        file = greedy.upload(picture())
        for _ in range(8):
            greedy.join(event, [file, None, 0.85, None, "paper"])
        with pytest.raises(Refused):
            greedy.join(event, [file, None, 0.85, None, "paper"])
        join(app.page)


@pytest.mark.parametrize("sent", [[1], {"a": 1}, "1" * 10_000, None, 1.5])
def test_of_a_choice_nothing_but_a_number_is_kept(app, sent):
    visitor, event = Visitor(app.page), app.page.event("segment_select", "viewer")
    body = {"data": [], "fn_index": event, "session_hash": visitor.session}
    body |= {"event_data": {"id": sent}}
    visitor._post("run/predict", json.dumps(body).encode(), "application/json")
    session = app.demo.app.state_holder[visitor.session]
    assert set(session.state_data.values()) <= {None}
    body["event_data"] = {"id": 3}
    visitor._post("run/predict", json.dumps(body).encode(), "application/json")
    assert 3 in session.state_data.values()
