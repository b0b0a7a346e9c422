"""Pages of other sites can't call the app with a visitor's login; those of a public Space may."""

import urllib.request

import pytest
from fastapi import FastAPI
from gradio.route_utils import CustomCORSMiddleware
from starlette.testclient import TestClient

from detr_gradio.server.origins import own_pages_only

FOREIGN = {"Host": "app.example.org", "Origin": "https://hostile.example"}
PREFLIGHT = {**FOREIGN, "Access-Control-Request-Method": "POST"}
PREFLIGHT["Access-Control-Request-Headers"] = "content-type"


def answers(lifespan):
    """The headers about other sites, of an answer and of the question before a POST."""
    app = FastAPI(lifespan=lifespan)
    app.add_middleware(CustomCORSMiddleware)

    @app.get("/")
    def page():
        return {}

    with TestClient(app) as client:
        both = client.get("/", headers=FOREIGN), client.options("/", headers=PREFLIGHT)
    prefix = "access-control-"
    return [
        {name[len(prefix) :]: value for name, value in answer.headers.items() if prefix in name}
        for answer in both
    ]


def test_gradio_itself_would_let_them_in():
    answer, preflight = answers(None)
    assert answer["allow-origin"] == preflight["allow-origin"] == "https://hostile.example"
    assert answer["allow-credentials"] == "true"


def test_no_other_page_may_call():
    assert answers(own_pages_only(space=False)) == [{}, {}]


def test_any_page_may_call_a_space_without_cookies():
    answer, preflight = answers(own_pages_only(space=True))
    assert answer == {"allow-origin": "*"}
    assert preflight["allow-origin"] == "*"
    assert "allow-credentials" not in preflight
    assert preflight["allow-headers"] == "content-type"


@pytest.mark.parametrize(
    ("sender", "space", "status"),
    [
        ("cross-site", False, 403),
        ("same-origin", False, 200),
        ("none", False, 200),  # typed by a person
        (None, False, 200),  # a program
        ("cross-site", True, 200),
    ],
)
def test_what_a_page_of_another_site_sends_without_asking_is_refused(sender, space, status):
    app = FastAPI(lifespan=own_pages_only(space=space))

    @app.post("/upload")
    def upload():
        return {}

    headers = {"Sec-Fetch-Site": sender} if sender else {}
    with TestClient(app) as client:
        assert client.post("/upload", headers=headers).status_code == status


def test_a_link_from_another_site_leads_to_the_app(url):
    request = urllib.request.Request(url, headers={"Sec-Fetch-Site": "cross-site"})
    with urllib.request.urlopen(request) as answer:
        assert answer.status == 200


@pytest.mark.parametrize("path", ["config", "gradio_api/info", "gradio_api/token", "health/live"])
def test_the_app_is_served_so(url, path):
    with urllib.request.urlopen(urllib.request.Request(url + path, headers=FOREIGN)) as answer:
        names = {name.lower() for name in answer.headers}
    assert not {name for name in names if name.startswith("access-control-")}
    assert "content-security-policy" in names
