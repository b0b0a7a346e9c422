"""What the patches lean on is there. If one of these fails, read the module it names first."""

import inspect

import pytest
from gradio import blocks, networking, processing_utils, route_utils, routes, state_holder
from gradio.context import LocalContext
from gradio.queueing import Queue

from detr_gradio.server.gradio_patches import traces
from detr_gradio.ui.api import NumberInput
from detr_gradio.ui.i18n import PageLanguage
from detr_gradio.ui.panel.picture_input import PictureInput
from detr_gradio.ui.tabs.webcam import FrameInput


@pytest.mark.parametrize(
    ("patch", "owner", "name"),
    [
        ("sessions", blocks, "SessionState"),
        ("sessions", route_utils, "SessionState"),
        ("sessions", state_holder, "SessionState"),
        ("numbers", LocalContext, "event_id"),
        ("temporary_folder", routes, "DEFAULT_TEMP_DIR"),
        ("share_link", networking, "setup_tunnel"),
        ("bounded_queue", Queue, "push"),
        ("bounded_queue", Queue, "send_message"),
        ("bounded_queue", Queue, "process_events"),
        ("bounded_queue", Queue, "compute_analytics_summary"),
        *[("traces", module, "traceback") for module in traces.MODULES],
    ],
)
def test_names(patch, owner, name):
    assert hasattr(owner, name), f"gradio_patches/{patch}.py replaces what Gradio no longer has"


def test_a_page_that_is_not_launched_checks_no_places():
    """Once this fails, ``mounting`` need no longer say that the page is launched."""
    source = inspect.getsource(processing_utils._check_allowed)
    assert "not blocks.has_launched" in source


def test_files_with_addresses_are_fetched():
    """Once this fails, ``bounded_queue.has_address`` may be needless, or look in a wrong place."""
    source = inspect.getsource(processing_utils.async_move_files_to_cache)
    assert "is_http_url_like(payload.path)" in source


@pytest.mark.parametrize(
    ("component", "name"),
    [
        (PageLanguage, "textbox"),
        (NumberInput, "number"),
        (PictureInput, "image"),
        (FrameInput, "image"),
    ],
)
def test_a_component_of_ours_has_the_browsers_part_of_gradios(component, name):
    """Once this fails, ``is_template`` no longer says so: nothing of the component is shown."""
    assert component.is_template
    assert component(render=False).get_block_name() == name


def test_a_trace_is_printed_by_one_name_alone():
    """``traces`` stands for the module ``traceback`` with ``print_exc`` and nothing else."""
    for module in traces.MODULES:
        source = inspect.getsource(module)
        assert source.count("traceback.") == source.count("traceback.print_exc")


def test_a_public_link_takes_these():
    """``share_link`` calls it with all of them."""
    assert set(inspect.signature(networking.setup_tunnel).parameters) == {
        "local_host",
        "local_port",
        "share_token",
        "share_server_address",
        "share_server_tls_certificate",
    }
