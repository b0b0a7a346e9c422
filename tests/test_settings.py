import pytest

from detr_gradio.settings import SettingError, Settings, describe, read_settings


def test_nothing_said_means_the_defaults():
    assert read_settings({}) == Settings()
    assert read_settings({"DETR_PORT": " ", "DETR_SHARE": ""}) == Settings()


def test_environment_is_read():
    settings = read_settings({"DETR_HOST": "0.0.0.0", "DETR_PORT": "8000", "DETR_SHARE": "on"})
    assert (settings.host, settings.port, settings.share) == ("0.0.0.0", 8000, True)


def test_option_comes_before_the_environment():
    environment = {"DETR_PORT": "8000", "DETR_SHARE": "on"}
    assert read_settings(environment, port=9000, share=None) == Settings(port=9000, share=True)


@pytest.mark.parametrize("text", ["1", "true", "Yes", "ON"])
def test_switch_on(text):
    assert read_settings({"DETR_OPEN": text}).open is True


@pytest.mark.parametrize("text", ["0", "False", "no", "off"])
def test_switch_off(text):
    assert read_settings({"DETR_OPEN": text}).open is False


@pytest.mark.parametrize(
    ("environment", "key"),
    [
        ({"DETR_PORT": "http"}, "setting_port"),
        ({"DETR_PORT": "0"}, "setting_port"),
        ({"DETR_PORT": "65536"}, "setting_port"),
        ({"DETR_PORT": "-1"}, "setting_port"),
        ({"DETR_PORT": "٨٠"}, "setting_port"),
        ({"DETR_SHARE": "maybe"}, "setting_switch"),
        ({"DETR_LOG_LEVEL": "loud"}, "setting_log_level"),
        ({"DETR_PRECISION": "half"}, "setting_precision"),
        ({"DETR_ENGINE": "spark"}, "setting_engine"),
        ({"DETR_REPLICAS": "0"}, "setting_replicas"),
        ({"DETR_REPLICAS": "many"}, "setting_replicas"),
        ({"DETR_FRAME_ANCESTORS": "'self'; script-src *"}, "setting_frame_ancestors"),
        ({"DETR_FRAME_ANCESTORS": "'self', default-src *"}, "setting_frame_ancestors"),
        ({"DETR_FRAME_ANCESTORS": "'self'\r\nX-A: b"}, "setting_frame_ancestors"),
        ({"DETR_ROOT_PATH": "detr"}, "setting_root_path"),
        ({"DETR_ROOT_PATH": "/a b"}, "setting_root_path"),
        ({"DETR_AUTH": "ann"}, "setting_auth"),
        ({"DETR_AUTH": "ann:"}, "setting_auth"),
        ({"DETR_AUTH": "ann:x,:y"}, "setting_auth"),
        ({"DETR_AUTH": "ann:x", "DETR_MCP": "on"}, "setting_mcp_auth"),
        ({"DETR_SSL_CERTFILE": __file__}, "setting_tls_pair"),
        ({"DETR_SSL_CERTFILE": __file__, "DETR_SSL_KEYFILE": __file__}, "setting_tls_files"),
        ({"DETR_SSL_CERTFILE": __file__, "DETR_SSL_KEYFILE": "no"}, "setting_file_missing"),
    ],
)
def test_impossible_values_are_refused_with_a_sentence(environment, key):
    with pytest.raises(SettingError) as caught:
        read_settings(environment)
    assert caught.value.key == key
    assert caught.value.message("es") != caught.value.message("en")


def test_refused_password_is_not_repeated():
    with pytest.raises(SettingError) as caught:
        read_settings({"DETR_AUTH": "hunter2"})
    assert "hunter2" not in str(caught.value)


def test_accepted_password_is_not_shown_either():
    assert "secret" not in repr(Settings(auth="ann:secret"))


@pytest.mark.parametrize("sites", ["'none'", "'self' https://*.example.org:8443/a?b=c+d"])
def test_sites_of_frames(sites):
    assert read_settings({"DETR_FRAME_ANCESTORS": sites}).frame_ancestors == sites


@pytest.mark.parametrize("path", ["/detr", "/a/b/", "/", "https://example.org/detr"])
def test_paths_of_proxies(path):
    assert read_settings({"DETR_ROOT_PATH": path}).root_path == path


def test_users():
    assert Settings().users() is None
    assert Settings(auth="ann:a:b,bob:c").users() == [("ann", "a:b"), ("bob", "c")]


def test_every_setting_is_described():
    described = {variable: (default, about) for variable, default, about in describe()}
    assert described["DETR_SHARE"] == ("off", "Also make a public link that lasts a week.")
    assert all(default and about.endswith(".") for default, about in described.values())
