"""Pages of other sites can't call the app with a visitor's login; those of a public Space may."""

import json
import urllib.error
import urllib.request
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest
from fastapi import FastAPI
from gradio.route_utils import CustomCORSMiddleware
from starlette.testclient import TestClient

from detr_gradio.messages import message
from detr_gradio.server.app import build_app
from detr_gradio.server.origins import OwnHosts, OwnPages
from detr_gradio.server.shutdown import Shutdown
from detr_gradio.settings import Settings
from detr_gradio.ui.app import build_demo
from tests.support.fake import FakeService

FOREIGN = {"Origin": "https://hostile.example"}
PREFLIGHT = {**FOREIGN, "Access-Control-Request-Method": "POST"}
PREFLIGHT["Access-Control-Request-Headers"] = "content-type"


def said_of_other_sites(client):
    """The headers about other sites, of an answer and of the question before a POST."""
    prefix = "access-control-allow-"
    return [
        {name[len(prefix) :]: value for name, value in answer.headers.items() if prefix in name}
        for answer in (
            client.get("/gradio_api/info", headers=FOREIGN),
            client.options("/gradio_api/queue/join", headers=PREFLIGHT),
        )
    ]


def test_gradio_itself_would_let_them_in():
    app = FastAPI()
    app.add_middleware(CustomCORSMiddleware)
    answer, preflight = said_of_other_sites(TestClient(app, "http://app.example.org"))
    assert answer["origin"] == preflight["origin"] == "https://hostile.example"
    assert answer["credentials"] == "true"


def app_of(space):
    service = FakeService()
    return build_app(service, build_demo(service), Settings(), Shutdown(), OwnHosts(), space=space)


def test_no_other_page_may_call():
    answer, preflight = said_of_other_sites(TestClient(app_of(space=False), "http://127.0.0.1"))
    assert answer == {}
    assert not {"origin", "credentials"} & set(preflight)


def test_any_page_may_call_a_space_without_cookies():
    client = TestClient(app_of(space=True), "https://someone-detr.hf.space")
    answer, preflight = said_of_other_sites(client)
    assert answer == {"origin": "*"}
    assert preflight["origin"] == "*"
    assert "credentials" not in preflight
    assert preflight["headers"] == "content-type"
    sent = {**FOREIGN, "Sec-Fetch-Site": "cross-site"}
    assert client.post("/gradio_api/cancel", headers=sent, content=b"{").status_code == 422


@pytest.fixture(scope="module")
def own_pages():
    app = FastAPI()

    @app.post("/upload")
    def upload():
        return {}

    app.add_middleware(OwnPages, hosts=OwnHosts(["detr.example.org"]))
    return TestClient(app)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Sec-Fetch-Site": "same-origin"}, 200),
        ({"Sec-Fetch-Site": "none"}, 200),  # typed by a person
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),  # another app on another name of the domain
        ({"Sec-Fetch-Site": "same-site", "Origin": "http://127.0.0.1:7860"}, 403),
        ({}, 200),  # a program
        # Browsers leave Sec-Fetch-Site out on plain http
        ({"Origin": "http://127.0.0.1:7860"}, 200),
        ({"Origin": "http://127.0.0.1:9999"}, 403),
        ({"Origin": "http://hostile.example"}, 403),
        ({"Origin": "null"}, 403),
        # A proxy calls the server by a name of its own
        ({"Origin": "http://d.example.org", "X-Forwarded-Host": "d.example.org"}, 200),
        ({"Origin": "http://hostile.example", "X-Forwarded-Host": "d.example.org"}, 403),
    ],
)
def test_what_a_page_of_another_site_sends_without_asking_is_refused(own_pages, headers, status):
    headers = {"Host": "127.0.0.1:7860", **headers}
    assert own_pages.post("/upload", headers=headers).status_code == status


@pytest.mark.parametrize(
    ("host", "ours"),
    [
        ("127.0.0.1:7860", True),
        ("[::1]:7860", True),
        ("192.168.1.20", True),
        ("localhost", True),
        ("detr:7860", True),  # as containers call each other
        ("lab-7.local:7860", True),
        ("detr.example.org", True),  # by the setting
        ("DETR.example.org:443", True),
        ("hostile.example", False),
        ("detr.example.org.hostile.example", False),
        ("127.0.0.1.hostile.example", False),
        ("", False),
        ("[::1", False),
    ],
)
def test_a_hostile_page_can_not_have_its_own_name_lead_here(own_pages, host, ours):
    """Else it were of the same origin for the browser, with all that this machine serves."""
    headers = {"Host": host, "Origin": f"http://{host}"}
    answer = own_pages.post("/upload", headers=headers)
    assert answer.status_code == (200 if ours else 421)
    if not ours:
        assert answer.json() == {"detail": message("host_unknown")}


def test_any_name_where_the_operator_says_so():
    assert "hostile.example" in OwnHosts(["*"])


def test_names_come_from_the_settings():
    settings = Settings(hosts="a.example, b.example", root_path="https://c.example/detr")
    assert settings.own_hosts() == ["a.example", "b.example", "c.example"]
    assert Settings(root_path="/detr").own_hosts() == []


def test_a_link_from_another_site_leads_to_the_app(url):
    request = urllib.request.Request(url, headers={"Sec-Fetch-Site": "cross-site"})
    with urllib.request.urlopen(request) as answer:
        assert answer.status == 200


def test_the_app_is_served_so(url):
    connection = HTTPConnection(urlsplit(url).netloc, timeout=60)
    connection.request("GET", "/config", headers={"Host": "hostile.example"})
    answer = connection.getresponse()
    assert (answer.status, json.loads(answer.read())["detail"]) == (421, message("host_unknown"))
    connection.request("GET", "/health/live", headers={"Host": "hostile.example"})
    assert connection.getresponse().status == 200


@pytest.mark.parametrize("path", ["upload", "call/categories", "queue/join", "cancel"])
def test_nothing_is_taken_from_a_foreign_page(url, path):
    body = (
        b'--x\r\nContent-Disposition: form-data; name="files"; filename="a"\r\n\r\nx\r\n--x--\r\n'
    )
    headers = {
        "Origin": "http://hostile.example",
        "Content-Type": "multipart/form-data; boundary=x",
    }
    request = urllib.request.Request(f"{url}gradio_api/{path}", body, headers)
    with pytest.raises(urllib.error.HTTPError, match="403"):
        urllib.request.urlopen(request, timeout=60)
