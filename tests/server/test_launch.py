"""The options of ``launch``, each tried on a server of its own."""

import shutil
import socket
import ssl
import subprocess
import threading
import urllib.error
import urllib.request
from concurrent.futures import as_completed
from pathlib import Path

import pytest
from gradio import networking
from gradio_client import Client, handle_file

from detr_gradio.checkpoints.catalogue import DEFAULT
from detr_gradio.healthcheck import is_ready
from detr_gradio.limits import limits
from detr_gradio.server.launch import launch
from detr_gradio.settings import SettingError, Settings
from detr_gradio.ui.i18n import text
from tests.support.fake import FakeService
from tests.support.really_served import free_port

PICTURE = Path(__file__).parents[2] / "examples" / "photo-cows.jpg"


@pytest.fixture
def serve():
    """Serve the app with some settings; returns what is served."""
    apps = []

    def start(service=None, language="en", **settings):
        service = service or FakeService()
        apps.append(launch(Settings(**settings), service, language=language, block=False))
        return apps[-1]

    yield start
    for app in apps:
        app.close()


def fetch(address, **options):
    with urllib.request.urlopen(address, timeout=60, **options) as answer:
        return answer.read().decode()


def make_certificate(folder):
    """A certificate for this machine and its key, as OpenSSL writes them."""
    certificate, key = folder / "cert.pem", folder / "key.pem"
    subprocess.run(
        [
            *["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"],
            *["-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"],
            *["-keyout", str(key), "-out", str(certificate)],
        ],
        check=True,
        capture_output=True,
    )
    return certificate, key


needs_openssl = pytest.mark.skipif(not shutil.which("openssl"), reason="openssl is missing")


def test_port_and_the_sentence_that_tells_it(serve, capsys):
    port = free_port()
    serve(port=port, language="es")
    address = f"http://127.0.0.1:{port}/"
    assert "DETR Panoptic" in fetch(address)
    assert capsys.readouterr().out == text("serving", "es", url=address) + "\n"


@pytest.mark.parametrize("host", ["0.0.0.0", "localhost", "::1", "[::1]"])
def test_host(serve, host):
    port = free_port()
    try:
        serve(host=host, port=port)
    except SettingError as error:
        pytest.skip(str(error))  # a machine without IPv6
    seen_from_here = {"0.0.0.0": "127.0.0.1", "::1": "[::1]"}.get(host, host)
    assert "DETR Panoptic" in fetch(f"http://{seen_from_here}:{port}/")


def test_taken_port_is_told_at_once(serve):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(SettingError, match=f"can't listen on 127.0.0.1, port {port}: "):
            serve(port=port)


def test_host_of_another_machine_is_told_at_once(serve):
    with pytest.raises(SettingError, match="can't listen on 203"):
        serve(host="203.0.113.7")  # a range for documentation, given to nobody


def test_password(serve):
    address = serve(auth="ann:secret,bob:x").url
    with pytest.raises(urllib.error.HTTPError, match="401"):
        fetch(f"{address}config")
    with pytest.raises(ValueError, match="Could not login"):
        Client(address, auth=("ann", "x"), verbose=False)
    client = Client(address, auth=("bob", "x"), verbose=False)
    assert len(client.predict(api_name="/categories")) == 133


def test_path_behind_a_proxy(serve):
    address = serve(root_path="/detr").url
    assert f'"root":"{address.rstrip("/")}/detr"' in fetch(address)


@needs_openssl
def test_https(serve, tmp_path):
    certificate, key = make_certificate(tmp_path)
    address = serve(ssl_certfile=str(certificate), ssl_keyfile=str(key)).url
    assert address.startswith("https://127.0.0.1:")
    trusting = ssl.create_default_context(cafile=certificate)
    assert "DETR Panoptic" in fetch(address, context=trusting)


@needs_openssl
@pytest.mark.parametrize("encrypted", [False, True])
def test_health_check_of_the_container_finds_the_app(serve, tmp_path, encrypted):
    settings = {}
    if encrypted:
        files = map(str, make_certificate(tmp_path))
        settings = dict(zip(("ssl_certfile", "ssl_keyfile"), files, strict=True))
    port = free_port()
    environment = {f"DETR_{name.upper()}": value for name, value in settings.items()}
    environment |= {"DETR_HOST": "0.0.0.0", "DETR_PORT": str(port)}
    assert not is_ready(environment)
    service = FakeService()
    serve(service, port=port, **settings)
    for thread in threading.enumerate():
        if thread.name == "warm-up":
            thread.join()
    assert is_ready(environment)
    assert not is_ready({**environment, "DETR_PORT": str(free_port())})


@needs_openssl
def test_certificate_with_the_key_of_another_is_refused(tmp_path):
    certificate, _ = make_certificate(tmp_path)
    (tmp_path / "other").mkdir()
    _, other = make_certificate(tmp_path / "other")
    with pytest.raises(SettingError) as caught:
        Settings(ssl_certfile=str(certificate), ssl_keyfile=str(other))
    assert caught.value.key == "setting_tls_files"


def test_a_machine_too_busy_to_answer_at_once_serves_all_the_same(serve, monkeypatch):
    monkeypatch.setattr(networking, "url_ok", lambda _url: False)  # what Gradio gives 3 s
    assert "DETR Panoptic" in fetch(serve().url)


def test_share_without_a_network_goes_on_here(serve, capsys, monkeypatch):
    def no_tunnel(**_options):
        raise OSError("no route to host")

    monkeypatch.setattr(networking, "setup_tunnel", no_tunnel)
    address = serve(share=True, language="es").url
    assert "DETR Panoptic" in fetch(address)
    assert text("share_unavailable", "es", url=address) in capsys.readouterr().err


def test_full_queue_refuses_and_the_waiting_are_served(serve, monkeypatch):
    monkeypatch.setenv("DETR_QUEUE_SIZE", "2")
    limits.cache_clear()
    service = FakeService()
    segmenter = service.segmenters[DEFAULT]
    first, go_on = threading.Event(), threading.Event()
    predict = segmenter.predict

    def wait(image, **options):
        first.set()
        go_on.wait(60)
        return predict(image, **options)

    segmenter.predict = wait
    try:
        client = Client(serve(service).url, verbose=False)
        jobs = [client.submit(handle_file(PICTURE), api_name="/segment")]
        assert first.wait(60)  # its turn has come: it waits no more
        jobs += [client.submit(handle_file(PICTURE), api_name="/segment") for _ in range(4)]
        ended = as_completed([job.future for job in jobs], timeout=60)
        refused = [next(ended), next(ended)]
        assert all("full" in str(future.exception()) for future in refused)
        go_on.set()
        assert [future.exception() for future in ended] == [None] * 3
    finally:
        go_on.set()
        limits.cache_clear()
