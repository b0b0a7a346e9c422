"""The page begins with our scripts, before any of Gradio's."""

import gzip
import re
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import brotli
import gradio
import pytest
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route
from starlette.testclient import TestClient

from detr_gradio.server.page import Page
from tests.server.test_app import get


def test_scripts_come_first():
    page = Response(
        '<html><head><script>1</script><script type="module" src="x"></script></head>'
        "<body><head></body></html>"
    )
    app = Page(page, "a", "b", links="<link>", last="c")
    client = TestClient(Starlette(routes=[Route("/", app)]))
    answer = client.get("/")
    assert answer.text == (
        "<html><head><link><script>(() => {a})();(() => {b})();</script><script>1</script>"
        '<script type="text/plain" data-later src="x"></script></head>'
        "<body><head><script>(() => {c})();</script></body></html>"
    )
    plain = client.get("/", headers={"Accept-Encoding": "identity"})
    assert plain.text == answer.text
    assert "content-encoding" not in plain.headers
    assert int(plain.headers["content-length"]) == len(answer.content)


def test_gradios_page_has_one_head_to_put_them_into(url):
    """Once this fails, look what Gradio's page begins with now, and mend ``server/page.py``."""
    status, _, page = get(url)
    assert status == 200
    assert page.index(b"detr-panoptic-language") < page.index(b"window.gradio_config = ")
    assert page.count(b" data-later crossorigin src=") == 1


@pytest.mark.parametrize(
    ("accepted", "coding", "unpack"),
    [
        ("gzip, deflate, br, zstd", "br", brotli.decompress),
        ("gzip, deflate", "gzip", gzip.decompress),
        ("identity", None, bytes),
    ],
)
def test_the_page_travels_compressed(url, accepted, coding, unpack):
    with urlopen(Request(url, headers={"Accept-Encoding": accepted})) as answer:
        assert answer.headers["content-encoding"] == coding
        assert answer.headers["vary"].startswith("Accept-Encoding")
        travelled = answer.read()
    assert int(answer.headers["content-length"]) == len(travelled)
    assert unpack(travelled) == get(url)[2]
    if coding == "br":
        assert len(travelled) < 80_000


def test_what_gradio_puts_into_its_page_is_as_expected(url):
    """Once this fails, see in ``server/page.py`` how Gradio's page looks now."""
    page = get(url)[2]
    # Its styles are asked for first, in the way in which they are used.
    (styles,) = set(re.findall(rb'href="(\./assets/[^"]+\.css)"', page))
    for link in (b'rel="preload" as="style"', b'rel="stylesheet"'):
        assert page.count(b'<link %s crossorigin href="%s">' % (link, styles)) == 1
    assert page.index(styles) < 1000
    # The script that fits it into a frame is for frames.
    assert page.count(b"if (parent !== window) document.head.appendChild(script);") == 1
    # A link to it shows what it is.
    assert page.count(b"<title>") == page.count(b"og:description") == 1
    assert b"og:image" not in page.partition(b"window.gradio_config")[0]


def test_a_browser_that_has_the_page_gets_it_once(url):
    with urlopen(Request(url)) as answer:
        tag = answer.headers["etag"]
        assert answer.headers["cache-control"] == "private, no-cache"
        page = answer.read()
    with pytest.raises(HTTPError) as error, urlopen(Request(url, headers={"If-None-Match": tag})):
        pass
    assert (error.value.code, error.value.read()) == (304, b"")
    with urlopen(Request(url, headers={"If-None-Match": 'W/"other"'})) as answer:
        assert answer.read() == page


def test_the_pages_pictures_are_files_that_are_kept(url):
    _, _, page = get(url)
    assert b"data:image/" not in page
    names = set(re.findall(rb"pictures/(\w+\.(?:webp|jpg))", page))
    assert len(names) > 20
    status, headers, _ = get(f"{url}pictures/{min(names).decode()}")
    assert (status, headers["cache-control"]) == (200, "private, max-age=31536000, immutable")
    assert headers["content-type"].startswith("image/")
    assert get(f"{url}pictures/none.webp")[0] == 404


def test_what_names_its_version_is_kept(url):
    assert "immutable" in get(f"{url}theme.css?v=1")[1]["cache-control"]
    assert "immutable" not in get(f"{url}theme.css")[1].get("cache-control", "")


def test_the_stream_player_is_a_word(url):
    """Once this fails, see in ``gradio_patches/lean_assets.py`` what became of hls.js."""
    assets = Path(gradio.__file__).parent / "templates" / "frontend" / "assets"
    (player,) = assets.glob("hls-*.js")
    video = next(each for each in assets.glob("Video-*.js") if b"hls-" in each.read_bytes())
    wanted = re.search(r'import\{([^}]*)\}from"\./hls-', video.read_text())[1]
    status, _, stub = get(f"{url}assets/{player.name}")
    assert status == 200
    assert len(stub) < 200 < player.stat().st_size
    given = re.search(r"export \{ (.*) \}", stub.decode())[1]
    assert {each.split()[0] for each in wanted.split(",")} <= {
        each.split()[-1] for each in given.split(",")
    }
    assert len(get(f"{url}assets/{video.name}")[2]) == video.stat().st_size
