"""The look: a calm map. Paper and ink by day, slate by night, one accent for actions."""

from __future__ import annotations

from pathlib import Path

import gradio as gr

_HERE = Path(__file__).parent

STYLES = [_HERE / "style.css", _HERE / "tabs" / "video.css", _HERE / "tabs" / "learn" / "style.css"]

_SANS = ["Inter", "ui-sans-serif", "system-ui", "Segoe UI", "Roboto", "sans-serif"]
_MONO = ["ui-monospace", "SFMono-Regular", "Menlo", "Consolas", "monospace"]

# Contrast with the surfaces below is at least 4.5 for text and 3 for borders of controls.
INK = gr.themes.Color(
    name="ink",
    c50="#f7f5ef",
    c100="#efece3",
    c200="#e0dccf",
    c300="#c9c5b6",
    c400="#9a9a90",
    c500="#6d7270",
    c600="#55605f",
    c700="#33413f",
    c800="#1d2a2b",
    c900="#162122",
    c950="#0f1819",
)
SEA = gr.themes.Color(
    name="sea",
    c50="#e9f5f3",
    c100="#cbe8e3",
    c200="#9dd3cb",
    c300="#68bab0",
    c400="#3a9d94",
    c500="#0e7b74",
    c600="#0b6a65",
    c700="#0b5753",
    c800="#0c4643",
    c900="#0a3836",
    c950="#052220",
)


def head() -> str:
    """Return the styles in the page's head."""
    # Not among the others: Gradio puts those within @media below its own root.
    return f"<style>{(_HERE / 'adapt.css').read_text(encoding='utf-8')}</style>"


def theme() -> gr.themes.Base:
    """Return the theme; it names fonts of the system only, so nothing is fetched."""
    return gr.themes.Base(
        primary_hue=SEA,
        secondary_hue=SEA,
        neutral_hue=INK,
        radius_size="sm",
        text_size="md",
        spacing_size="md",
        font=_SANS,
        font_mono=_MONO,
    ).set(
        body_background_fill="#f7f5ef",
        body_background_fill_dark="#0f1819",
        body_text_color="#1d2a2b",
        body_text_color_dark="#e6e9e4",
        body_text_color_subdued="#55605f",
        body_text_color_subdued_dark="#a3aea9",
        background_fill_primary="#fffefa",
        background_fill_primary_dark="#162122",
        background_fill_secondary="#f2efe6",
        background_fill_secondary_dark="#1b2829",
        block_background_fill="#fffefa",
        block_background_fill_dark="#162122",
        block_border_color="#e0dccf",
        block_border_color_dark="#2b3a3a",
        block_label_text_color="#55605f",
        block_label_text_color_dark="#a3aea9",
        block_label_background_fill="#fffefa",
        block_label_background_fill_dark="#162122",
        block_title_text_color="#1d2a2b",
        block_title_text_color_dark="#e6e9e4",
        block_info_text_color="#55605f",
        block_info_text_color_dark="#a3aea9",
        block_shadow="none",
        block_shadow_dark="none",
        border_color_primary="#d9d4c5",
        border_color_primary_dark="#2f3f3f",
        border_color_accent="#0e7b74",
        border_color_accent_dark="#3a9d94",
        input_border_width="1px",
        input_background_fill="#fffefa",
        input_background_fill_dark="#1b2829",
        input_border_color="#8c8f86",
        input_border_color_dark="#61706d",
        input_placeholder_color="#6d7270",
        input_placeholder_color_dark="#95a19c",
        button_primary_background_fill="#0b6a65",
        button_primary_background_fill_hover="#0b5753",
        button_primary_background_fill_dark="#0e7b74",
        button_primary_background_fill_hover_dark="#0b6a65",
        button_primary_text_color="#ffffff",
        button_primary_text_color_dark="#ffffff",
        button_secondary_background_fill="#fffefa",
        button_secondary_background_fill_hover="#efece3",
        button_secondary_background_fill_dark="#1b2829",
        button_secondary_background_fill_hover_dark="#243434",
        button_secondary_border_color="#c9c5b6",
        button_secondary_border_color_dark="#3a4b4a",
        button_secondary_text_color="#1d2a2b",
        button_secondary_text_color_dark="#e6e9e4",
        slider_color="#0e7b74",
        slider_color_dark="#3a9d94",
        color_accent="#0e7b74",
        color_accent_soft="#e9f5f3",
        color_accent_soft_dark="#123231",
        link_text_color="#0b6a65",
        link_text_color_dark="#68bab0",
    )
