"""The settings beside the picture."""

from detr_gradio.checkpoints.catalogue import CATALOGUE
from detr_gradio.service import Service
from detr_gradio.ui.app import build_demo


def test_the_operator_s_own_checkpoint_is_among_the_choices_from_the_start(small_folder):
    """Gradio refuses a value that isn't, before the page has told the checkpoints' states."""
    demo = build_demo(Service(checkpoint=str(small_folder)))
    (choice,) = (each for each in demo.blocks.values() if each.elem_id == "checkpoint")
    values = [value for _, value in choice.choices]
    assert choice.value == small_folder.name  # the path is nobody's to know
    assert values == [*CATALOGUE, small_folder.name]
