"""The page begins with our scripts, before any of Gradio's."""

import gzip
import re
from urllib.request import Request, urlopen

from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route
from starlette.testclient import TestClient

from detr_gradio.server.page import ScriptsFirst
from tests.server.test_app import get


def test_scripts_come_first():
    page = Response("<html><head><script>theirs</script></head><body><head></body></html>")
    client = TestClient(Starlette(routes=[Route("/", ScriptsFirst(page, "a", "b"))]))
    answer = client.get("/")
    assert answer.text == (
        "<html><head><script>(() => {a})();(() => {b})();</script>"
        "<script>theirs</script></head><body><head></body></html>"
    )
    assert int(answer.headers["content-length"]) == len(answer.content)


def test_gradios_page_has_one_head_to_put_them_into(url):
    """Once this fails, look what Gradio's page begins with now, and mend ``server/page.py``."""
    status, _, page = get(url)
    assert status == 200
    scripts = re.findall(rb"<script\b[^>]*>(.{0,60})", page)
    assert scripts[0].startswith(b"(() => {// Runs before Gradio"), scripts[0]
    assert page.count(b"Runs before Gradio: decides the language") == 1


def test_the_page_travels_compressed(url):
    with urlopen(Request(url, headers={"Accept-Encoding": "gzip, br"})) as answer:
        assert answer.headers["content-encoding"] == "gzip"
        assert b"<!doctype html>" in gzip.decompress(answer.read())[:100].lower()
