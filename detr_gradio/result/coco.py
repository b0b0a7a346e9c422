"""The 133 categories of COCO panoptic segmentation: 80 things and 53 kinds of stuff.

An id is at once the id of COCO's annotations and the index of DETR's logits. The configurations of
the published checkpoints have been seen with placeholder names (``LABEL_0``...), so this table says
what an index means there.

Ids, official names, supercategories and colours are those of ``panoptic_coco_categories.json`` in
https://github.com/cocodataset/panopticapi, part of the COCO annotations (CC BY 4.0, COCO
Consortium). The short names in English and Spanish are this project's.
"""

from __future__ import annotations

from .categories import Categories, Category
from .palette import COLORS, from_hex

NO_OBJECT = 250
"""Index of "no object" in the logits of DETR's published panoptic checkpoints, the last of 251."""

LAST_THING = 90
"""Things have the ids 1..90, stuff 92..200."""

# id, official name, short English name, short Spanish name, supercategory, COCO's colour
_ROWS = (
    (1, "person", "person", "persona", "person", "#dc143c"),
    (2, "bicycle", "bicycle", "bicicleta", "vehicle", "#770b20"),
    (3, "car", "car", "coche", "vehicle", "#00008e"),
    (4, "motorcycle", "motorcycle", "motocicleta", "vehicle", "#0000e6"),
    (5, "airplane", "airplane", "avión", "vehicle", "#6a00e4"),
    (6, "bus", "bus", "autobús", "vehicle", "#003c64"),
    (7, "train", "train", "tren", "vehicle", "#005064"),
    (8, "truck", "truck", "camión", "vehicle", "#000046"),
    (9, "boat", "boat", "barco", "vehicle", "#0000c0"),
    (10, "traffic light", "traffic light", "semáforo", "outdoor", "#faaa1e"),
    (11, "fire hydrant", "fire hydrant", "boca de incendios", "outdoor", "#64aa1e"),
    (13, "stop sign", "stop sign", "señal de stop", "outdoor", "#dcdc00"),
    (14, "parking meter", "parking meter", "parquímetro", "outdoor", "#af74af"),
    (15, "bench", "bench", "banco", "outdoor", "#fa001e"),
    (16, "bird", "bird", "pájaro", "animal", "#a52a2a"),
    (17, "cat", "cat", "gato", "animal", "#ff4dff"),
    (18, "dog", "dog", "perro", "animal", "#00e2fc"),
    (19, "horse", "horse", "caballo", "animal", "#b6b6ff"),
    (20, "sheep", "sheep", "oveja", "animal", "#005200"),
    (21, "cow", "cow", "vaca", "animal", "#78a69d"),
    (22, "elephant", "elephant", "elefante", "animal", "#6e4c00"),
    (23, "bear", "bear", "oso", "animal", "#ae39ff"),
    (24, "zebra", "zebra", "cebra", "animal", "#c76400"),
    (25, "giraffe", "giraffe", "jirafa", "animal", "#480076"),
    (27, "backpack", "backpack", "mochila", "accessory", "#ffb3f0"),
    (28, "umbrella", "umbrella", "paraguas", "accessory", "#007d5c"),
    (31, "handbag", "handbag", "bolso", "accessory", "#d10097"),
    (32, "tie", "tie", "corbata", "accessory", "#bcd0b6"),
    (33, "suitcase", "suitcase", "maleta", "accessory", "#00dcb0"),
    (34, "frisbee", "frisbee", "disco volador", "sports", "#ff63a4"),
    (35, "skis", "skis", "esquís", "sports", "#5c0049"),
    (36, "snowboard", "snowboard", "tabla de snowboard", "sports", "#8581ff"),
    (37, "sports ball", "sports ball", "pelota", "sports", "#4eb4ff"),
    (38, "kite", "kite", "cometa", "sports", "#00e400"),
    (39, "baseball bat", "baseball bat", "bate de béisbol", "sports", "#aefff3"),
    (40, "baseball glove", "baseball glove", "guante de béisbol", "sports", "#2d59ff"),
    (41, "skateboard", "skateboard", "monopatín", "sports", "#868667"),
    (42, "surfboard", "surfboard", "tabla de surf", "sports", "#9194ae"),
    (43, "tennis racket", "tennis racket", "raqueta de tenis", "sports", "#ffd0ba"),
    (44, "bottle", "bottle", "botella", "kitchen", "#c5e2ff"),
    (46, "wine glass", "wine glass", "copa de vino", "kitchen", "#ab8601"),
    (47, "cup", "cup", "taza", "kitchen", "#6d3f36"),
    (48, "fork", "fork", "tenedor", "kitchen", "#cf8aff"),
    (49, "knife", "knife", "cuchillo", "kitchen", "#97005f"),
    (50, "spoon", "spoon", "cuchara", "kitchen", "#09503d"),
    (51, "bowl", "bowl", "cuenco", "kitchen", "#546933"),
    (52, "banana", "banana", "plátano", "food", "#4a4169"),
    (53, "apple", "apple", "manzana", "food", "#a6c466"),
    (54, "sandwich", "sandwich", "sándwich", "food", "#d0c3d2"),
    (55, "orange", "orange", "naranja", "food", "#ff6d41"),
    (56, "broccoli", "broccoli", "brócoli", "food", "#008f95"),
    (57, "carrot", "carrot", "zanahoria", "food", "#b300c2"),
    (58, "hot dog", "hot dog", "perrito caliente", "food", "#d1636a"),
    (59, "pizza", "pizza", "pizza", "food", "#057900"),
    (60, "donut", "donut", "rosquilla", "food", "#e3ffcd"),
    (61, "cake", "cake", "pastel", "food", "#93bad0"),
    (62, "chair", "chair", "silla", "furniture", "#994501"),
    (63, "couch", "couch", "sofá", "furniture", "#035fa1"),
    (64, "potted plant", "potted plant", "planta en maceta", "furniture", "#a3ff00"),
    (65, "bed", "bed", "cama", "furniture", "#7700aa"),
    (67, "dining table", "dining table", "mesa de comedor", "furniture", "#00b6c7"),
    (70, "toilet", "toilet", "inodoro", "furniture", "#00a578"),
    (72, "tv", "TV", "televisor", "electronic", "#b78258"),
    (73, "laptop", "laptop", "portátil", "electronic", "#5f2000"),
    (74, "mouse", "computer mouse", "ratón de ordenador", "electronic", "#827287"),
    (75, "remote", "remote control", "mando a distancia", "electronic", "#6e8185"),
    (76, "keyboard", "keyboard", "teclado", "electronic", "#a64a76"),
    (77, "cell phone", "cell phone", "teléfono móvil", "electronic", "#db8eb9"),
    (78, "microwave", "microwave", "microondas", "appliance", "#4fd272"),
    (79, "oven", "oven", "horno", "appliance", "#b25a3e"),
    (80, "toaster", "toaster", "tostadora", "appliance", "#41460f"),
    (81, "sink", "sink", "fregadero", "appliance", "#7fa773"),
    (82, "refrigerator", "refrigerator", "frigorífico", "appliance", "#3b696a"),
    (84, "book", "book", "libro", "indoor", "#8e6c2d"),
    (85, "clock", "clock", "reloj", "indoor", "#c4ac00"),
    (86, "vase", "vase", "jarrón", "indoor", "#5f3650"),
    (87, "scissors", "scissors", "tijeras", "indoor", "#804cff"),
    (88, "teddy bear", "teddy bear", "oso de peluche", "indoor", "#c93901"),
    (89, "hair drier", "hair dryer", "secador de pelo", "indoor", "#f6007a"),
    (90, "toothbrush", "toothbrush", "cepillo de dientes", "indoor", "#bfa2d0"),
    (92, "banner", "banner", "pancarta", "textile", "#ffff80"),
    (93, "blanket", "blanket", "manta", "textile", "#93d3cb"),
    (95, "bridge", "bridge", "puente", "building", "#966464"),
    (100, "cardboard", "cardboard", "cartón", "raw-material", "#a8abac"),
    (107, "counter", "counter", "encimera", "furniture-stuff", "#9270c6"),
    (109, "curtain", "curtain", "cortina", "textile", "#d2aa64"),
    (112, "door-stuff", "door", "puerta", "furniture-stuff", "#5c8859"),
    (118, "floor-wood", "wooden floor", "suelo de madera", "floor", "#da58b8"),
    (119, "flower", "flower", "flores", "plant", "#f18100"),
    (122, "fruit", "fruit", "fruta", "food-stuff", "#d911ff"),
    (125, "gravel", "gravel", "grava", "ground", "#7c4ab5"),
    (128, "house", "house", "casa", "building", "#464646"),
    (130, "light", "light", "lámpara", "furniture-stuff", "#ffe4ff"),
    (133, "mirror-stuff", "mirror", "espejo", "furniture-stuff", "#9ad000"),
    (138, "net", "net", "red", "structural", "#c1005c"),
    (141, "pillow", "pillow", "almohada", "textile", "#4c5b71"),
    (144, "platform", "platform", "andén", "ground", "#ffb4c3"),
    (145, "playingfield", "playing field", "campo de juego", "ground", "#6a9ab0"),
    (147, "railroad", "railroad", "vía de tren", "ground", "#e6968c"),
    (148, "river", "river", "río", "water", "#3c8fff"),
    (149, "road", "road", "calzada", "ground", "#804080"),
    (151, "roof", "roof", "tejado", "building", "#5c5237"),
    (154, "sand", "sand", "arena", "ground", "#fed47c"),
    (155, "sea", "sea", "mar", "water", "#494dae"),
    (156, "shelf", "shelf", "estantería", "furniture-stuff", "#ffa062"),
    (159, "snow", "snow", "nieve", "ground", "#ffffff"),
    (161, "stairs", "stairs", "escaleras", "furniture-stuff", "#68546d"),
    (166, "tent", "tent", "carpa", "building", "#a9a483"),
    (168, "towel", "towel", "toalla", "textile", "#e1c7ff"),
    (171, "wall-brick", "brick wall", "muro de ladrillo", "wall", "#89364a"),
    (175, "wall-stone", "stone wall", "muro de piedra", "wall", "#879edf"),
    (176, "wall-tile", "tiled wall", "pared de azulejos", "wall", "#07f6e7"),
    (177, "wall-wood", "wooden wall", "pared de madera", "wall", "#6bffc8"),
    (178, "water-other", "water", "agua", "water", "#3a2995"),
    (180, "window-blind", "window blind", "persiana", "window", "#b7798e"),
    (181, "window-other", "window", "ventana", "window", "#ff4961"),
    (184, "tree-merged", "tree", "árboles", "plant", "#6b8e23"),
    (185, "fence-merged", "fence", "valla", "structural", "#be9999"),
    (186, "ceiling-merged", "ceiling", "techo", "ceiling", "#928b8d"),
    (187, "sky-other-merged", "sky", "cielo", "sky", "#4682b4"),
    (188, "cabinet-merged", "cabinet", "armario", "furniture-stuff", "#86c79c"),
    (189, "table-merged", "table", "mesa", "furniture-stuff", "#d1e28c"),
    (190, "floor-other-merged", "floor", "suelo", "floor", "#60246c"),
    (191, "pavement-merged", "pavement", "acera", "ground", "#606060"),
    (192, "mountain-merged", "mountain", "montaña", "solid", "#40aa40"),
    (193, "grass-merged", "grass", "césped", "plant", "#98fb98"),
    (194, "dirt-merged", "dirt", "tierra", "ground", "#d0e5e4"),
    (195, "paper-merged", "paper", "papel", "raw-material", "#cebaab"),
    (196, "food-other-merged", "food", "comida", "food-stuff", "#98a140"),
    (197, "building-other-merged", "building", "edificio", "building", "#747000"),
    (198, "rock-merged", "rock", "roca", "solid", "#00728f"),
    (199, "wall-other-merged", "wall", "pared", "wall", "#66669c"),
    (200, "rug-merged", "rug", "alfombra", "textile", "#fa8dff"),
)


def _category(row: tuple[int, str, str, str, str, str]) -> Category:
    category_id, name, name_en, name_es, supercategory, source_color = row
    return Category(
        id=category_id,
        name=name,
        name_en=name_en,
        name_es=name_es,
        supercategory=supercategory,
        is_thing=category_id <= LAST_THING,
        color=COLORS[category_id],
        source_color=from_hex(source_color),
    )


COCO = Categories(tuple(map(_category, _ROWS)), tuple(row[0] for row in _ROWS), "COCO")
"""The categories by COCO id, ascending."""
