"""Names and passwords: guessing is slow, tells nothing, and a session is its user's."""

import pytest
from starlette.testclient import TestClient

from detr_gradio.server import logins
from detr_gradio.server.app import build_app
from detr_gradio.server.origins import OwnHosts
from detr_gradio.server.shutdown import Shutdown
from detr_gradio.settings import Settings
from detr_gradio.ui.app import build_demo
from detr_gradio.ui.i18n import text
from tests.support.fake import FakeService

BROWSER = {"Accept": "text/html,*/*", "Accept-Language": "es"}


@pytest.fixture
def app():
    service = FakeService()
    settings = Settings(auth="ann:secret,bob:another")
    return build_app(service, build_demo(service), settings, Shutdown(), OwnHosts())


@pytest.fixture
def visitor(app):
    """Make a client of the app, each with cookies of its own."""
    return lambda: TestClient(app, "http://127.0.0.1", follow_redirects=False)


def log_in(client, name="ann", password="secret", **headers):
    return client.post("/login", data={"username": name, "password": password}, headers=headers)


def test_a_person_sees_a_form_enters_and_leaves(visitor):
    client = visitor()
    form = client.get("/", headers=BROWSER)
    assert form.status_code == 200
    assert text("login_password", "es") in form.text
    assert "gradio" not in form.text.lower()
    wrong = log_in(client, password="guess", **BROWSER)
    assert wrong.status_code == 400
    assert text("login_wrong", "es") in wrong.text
    assert client.get("/config").status_code == 401
    right = log_in(client, **BROWSER)
    assert (right.status_code, right.headers["location"]) == (303, "./")
    cookie = right.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert client.get("/config").json()["username"] == "ann"
    assert "gradio" in client.get("/").text
    client.post("/logout")
    assert client.get("/config").status_code == 401


def test_no_wrong_name_enters(visitor):
    for name, password in [("ann", "another"), ("eve", "secret"), ("", ""), ("ann", "")]:
        assert log_in(visitor(), name, password).status_code == 400


def test_guessing_has_to_wait_longer_each_time(visitor, monkeypatch, caplog):
    clock = [1_000.0]
    monkeypatch.setattr(logins.time, "monotonic", lambda: clock[0])
    client = visitor()
    assert [log_in(client, password=str(guess)).status_code for guess in range(5)] == [
        400, 400, 400, 429, 429,
    ]  # fmt: skip
    clock[0] += 1.1
    assert log_in(client, password="4").status_code == 400
    clock[0] += 1.1
    waiting = log_in(client)  # the right one has to wait as well
    assert (waiting.status_code, waiting.json()["detail"]) == (429, text("login_wait", "en"))
    assert waiting.headers["retry-after"] == "1"
    assert log_in(client, "bob", "another").status_code == 200  # a neighbour is not held up
    clock[0] += 1
    assert log_in(client).status_code == 200
    assert log_in(client, password="5").status_code == 400  # begins anew
    refused = [each for each in caplog.records if each.message == "login refused"]
    assert [each.fields["attempts"] for each in refused] == [1, 2, 3, 4, 1]
    assert "guess" not in caplog.text


def test_a_network_of_ipv6_guesses_as_one(app):
    def guess(address):
        client = TestClient(app, "http://127.0.0.1", client=(address, 1))
        return log_in(client, password="guess").status_code

    assert [guess(f"2001:db8::{number}") for number in range(4)] == [400, 400, 400, 429]
    assert guess("2001:db8:0:1::1") == 400


def test_a_known_name_takes_as_long_as_an_unknown_one(monkeypatch):
    compared = []
    compare = logins.hmac.compare_digest
    monkeypatch.setattr(
        logins.hmac, "compare_digest", lambda a, b: compared.append((a, b)) or compare(a, b)
    )
    users = logins.Logins([("ann", "secret")])
    assert not users._right("eve", "secret")
    assert not users._right("ann", "x")
    assert [len(digest) for pair in compared for digest in pair] == [32] * 4


def test_a_session_is_its_first_user_s(visitor):
    ann, bob = visitor(), visitor()
    log_in(ann)
    log_in(bob, "bob", "another")
    body = {"data": [], "session_hash": "ofann", "fn_index": 0, "event_id": "x"}
    assert ann.post("/gradio_api/cancel", json=body).status_code == 200
    assert bob.post("/gradio_api/cancel", json=body).status_code == 403
    assert bob.post("/gradio_api/run/predict", json=body).status_code == 403
    assert bob.get("/gradio_api/queue/data", params={"session_hash": "ofann"}).status_code == 403
    assert bob.get("/gradio_api/heartbeat/ofann").status_code == 403
    assert bob.get("/gradio_api/queue/data", params={"session_hash": "b" * 101}).status_code == 403
    own = {**body, "session_hash": "ofbob"}
    assert bob.post("/gradio_api/cancel", json=own).status_code == 200


@pytest.mark.parametrize("path", ["upload", "upload_progress", "file=/etc/hostname", "cancel"])
def test_files_and_events_are_behind_it(visitor, path):
    method = "POST" if path in ("upload", "cancel") else "GET"
    assert visitor().request(method, f"/gradio_api/{path}").status_code == 401
