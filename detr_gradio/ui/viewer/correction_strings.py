"""The words of the tools that correct a result, in English and Spanish, sent with the tools."""

from __future__ import annotations

STRINGS: dict[str, dict[str, str]] = {
    # Tools and deeds
    "correction_begun": {
        "en": "Correction: choose segments, in the picture or in the legend",
        "es": "Corrección: elija segmentos, en la imagen o en la leyenda",
    },
    "tool": {"en": "Tool", "es": "Herramienta"},
    "tool_select": {"en": "Choose", "es": "Elegir"},
    "tool_select_explained": {
        "en": "Choose segments; with Shift several (V)",
        "es": "Elegir segmentos; con Mayús varios (V)",
    },
    "tool_add": {"en": "Brush", "es": "Pincel"},
    "tool_add_explained": {
        "en": "Give pixels to the chosen segment (B)",
        "es": "Dar píxeles al segmento elegido (B)",
    },
    "tool_take": {"en": "Eraser", "es": "Borrador"},
    "tool_take_explained": {
        "en": "Take pixels from the chosen segment (E)",
        "es": "Quitar píxeles al segmento elegido (E)",
    },
    "tool_flood": {"en": "Similar colour", "es": "Color parecido"},
    "tool_flood_explained": {
        "en": "Give the chosen segment a region of similar colour of another one (G)",
        "es": "Dar al segmento elegido una región de color parecido de otro (G)",
    },
    "brush_size": {"en": "Size", "es": "Tamaño"},
    "tolerance": {"en": "Difference", "es": "Diferencia"},
    "several": {"en": "Several", "es": "Varios"},
    "several_explained": {
        "en": "Each click adds a segment to those that are chosen, or takes it away",
        "es": "Cada clic añade un segmento a los elegidos, o lo quita",
    },
    "nothing_chosen": {"en": "No segment chosen", "es": "Ningún segmento elegido"},
    "chosen_spoken": {"en": "Chosen: {names}", "es": "Elegido: {names}"},
    "category_explained": {
        "en": "Another category for the chosen segments (K)",
        "es": "Otra categoría para los segmentos elegidos (K)",
    },
    "category_search": {"en": "Search the categories", "es": "Buscar en las categorías"},
    "categories": {"en": "Categories", "es": "Categorías"},
    "no_category": {
        "en": "No category matches “{text}”.",
        "es": "Ninguna categoría coincide con «{text}».",
    },
    "merge": {"en": "Merge", "es": "Unir"},
    "merge_explained": {
        "en": "The chosen segments become the first of them (M)",
        "es": "Los segmentos elegidos pasan a ser el primero (M)",
    },
    "split": {"en": "Split", "es": "Separar"},
    "split_explained": {
        "en": "Each part that touches no other becomes a segment (P)",
        "es": "Cada parte que no toca a otra pasa a ser un segmento (P)",
    },
    "delete": {"en": "Delete", "es": "Borrar"},
    "delete_explained": {
        "en": "Delete the chosen segments (Delete)",
        "es": "Borrar los segmentos elegidos (Supr)",
    },
    "new_segment": {"en": "New segment", "es": "Segmento nuevo"},
    "new_segment_explained": {
        "en": "Draw a segment that the network has not found (N)",
        "es": "Dibujar un segmento que la red no encontró (N)",
    },
    "new_segment_of": {"en": "New: {category}", "es": "Nuevo: {category}"},
    "new_segment_how": {
        "en": "Now draw it with the brush: {category}.",
        "es": "Dibújelo ahora con el pincel: {category}.",
    },
    "freed_pixels": {"en": "Freed pixels", "es": "Píxeles libres"},
    "freed_neighbours": {"en": "to neighbours", "es": "a los vecinos"},
    "freed_void": {"en": "to void", "es": "al vacío"},
    "undo": {"en": "Undo", "es": "Deshacer"},
    "undo_explained": {"en": "Ctrl+Z", "es": "Ctrl+Z"},
    "redo": {"en": "Redo", "es": "Rehacer"},
    "redo_explained": {"en": "Ctrl+Shift+Z, Ctrl+Y", "es": "Ctrl+Mayús+Z, Ctrl+Y"},
    "network_answer": {"en": "Network's answer", "es": "Respuesta de la red"},
    "network_answer_explained": {
        "en": "Undo everything; it can be made again",
        "es": "Deshacer todo; se puede rehacer",
    },
    "changes": {"en": "Changes: {count}", "es": "Cambios: {count}"},
    "done": {"en": "Done", "es": "Listo"},
    "done_explained": {"en": "Back to looking (R)", "es": "Volver a mirar (R)"},
    "change_category": {"en": "{names}: now {category}", "es": "{names}: ahora {category}"},
    "change_delete": {"en": "Deleted: {names}", "es": "Borrado: {names}"},
    "change_merge": {"en": "Merged: {names}", "es": "Unidos: {names}"},
    "change_split": {"en": "Split: {names}", "es": "Separado: {names}"},
    "change_add": {"en": "Brush: {names}", "es": "Pincel: {names}"},
    "change_new": {"en": "New: {names}", "es": "Nuevo: {names}"},
    "change_take": {"en": "Eraser: {names}", "es": "Borrador: {names}"},
    "change_flood": {"en": "Similar colour: {names}", "es": "Color parecido: {names}"},
    "change_earlier": {"en": "Earlier changes", "es": "Cambios anteriores"},
    "change_spoken": {"en": "{change}", "es": "{change}"},
    "choose_segment": {
        "en": "Choose a segment first, in the picture or in the legend.",
        "es": "Elija antes un segmento, en la imagen o en la leyenda.",
    },
    "choose_several": {
        "en": "Choose two segments or more, with Shift or “Several”.",
        "es": "Elija dos segmentos o más, con Mayús o «Varios».",
    },
    "one_part": {"en": "It is one part already.", "es": "Ya es una sola parte."},
    "too_many_parts": {
        "en": "A result has at most 255 segments.",
        "es": "Un resultado tiene como mucho 255 segmentos.",
    },
    "own_already": {
        "en": "This belongs to {name} already. Point at what it lacks.",
        "es": "Esto ya es de {name}. Señale lo que le falta.",
    },
    "correction_sending": {"en": "One moment …", "es": "Un momento…"},
    "correction_unsent": {
        "en": "The correction could not be sent. It is kept here, and sent with the next change or "
        "with Done.",
        "es": "No se pudo enviar la corrección. Queda aquí y se enviará con el próximo cambio o "
        "con Listo.",
    },
    # The list of keys
    "key_tools": {
        "en": "choose, brush, eraser, similar colour",
        "es": "elegir, pincel, borrador, color parecido",
    },
    "key_brush": {"en": "smaller or larger brush", "es": "pincel menor o mayor"},
    "key_several": {
        "en": "with a click or Enter: choose several",
        "es": "con un clic o Intro: elegir varios",
    },
    "key_category": {"en": "category, new segment", "es": "categoría, segmento nuevo"},
    "key_merge": {"en": "merge, split, delete", "es": "unir, separar, borrar"},
    "key_draw": {
        "en": "move the brush; Enter draws, Shift draws on the way",
        "es": "mover el pincel; Intro dibuja, Mayús dibuja por el camino",
    },
    "key_undo": {
        "en": "undo; with Shift, or Ctrl Y, redo",
        "es": "deshacer; con Mayús, o Ctrl Y, rehacer",
    },
    "key_leave": {"en": "leave the tool", "es": "dejar la herramienta"},
    "delete_key": {"en": "Delete", "es": "Supr"},
}
