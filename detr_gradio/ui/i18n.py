"""The words of the page, in English and Spanish, for the browser and for what Python writes.

Labels reach the browser once, in both languages, and follow its switch; sentences with figures in
them are put together here, in the language that the page says it shows.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import gradio as gr

from ..messages import LANGUAGES

# By place on the page; the placeholders of both languages are the same.
TEXTS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        # Header
        "tagline": {
            "en": "a map of every thing and region in a picture",
            "es": "un mapa de cada cosa y cada región de una imagen",
        },
        "language": {"en": "Language", "es": "Idioma"},
        "language_ends": {
            "en": "The other language loads the page anew. Your picture and its result stay, with "
            "your corrections, which become one change. The result kept beside it, the answer to "
            "why and a finished video go.",
            "es": "El otro idioma vuelve a cargar la página. Su imagen y el resultado quedan, con "
            "sus correcciones, que pasan a ser un solo cambio. El resultado guardado al lado, la "
            "respuesta al porqué y un video terminado se pierden.",
        },
        "language_go_on": {"en": "Change the language", "es": "Cambiar el idioma"},
        "language_stay": {"en": "Stay here", "es": "Seguir aquí"},
        "dark_or_light": {"en": "Dark or light", "es": "Oscuro o claro"},
        "copy_link": {"en": "Copy link", "es": "Copiar enlace"},
        "link_copied": {
            "en": "Copied. The link carries language and settings, never your picture.",
            "es": "Copiado. El enlace lleva idioma y ajustes, nunca su imagen.",
        },
        # Tabs
        "tab_image": {"en": "Image", "es": "Imagen"},
        "tab_webcam": {"en": "Webcam", "es": "Cámara"},
        "tab_gallery": {"en": "Gallery", "es": "Galería"},
        "tab_video": {"en": "Video", "es": "Video"},
        "tab_learn": {"en": "Learn", "es": "Aprender"},
        "tab_how": {"en": "How DETR segments", "es": "Cómo segmenta DETR"},
        "tab_panoptic": {"en": "What panoptic means", "es": "Qué es lo panóptico"},
        "tab_train": {"en": "Train your own", "es": "Entrene el suyo"},
        "learn_show": {
            "en": "Show each step with my picture",
            "es": "Mostrar cada paso con mi imagen",
        },
        "own_base": {"en": "Trained from", "es": "Entrenado a partir de"},
        "own_license": {"en": "Licence", "es": "Licencia"},
        "own_pq": {"en": "Panoptic quality (PQ)", "es": "Calidad panóptica (PQ)"},
        "own_title": {
            "en": "The checkpoint in this app: {name}",
            "es": "El modelo de esta aplicación: {name}",
        },
        "picture": {"en": "Picture", "es": "Imagen"},
        "snapshot": {"en": "Snapshot", "es": "Foto"},
        "live": {"en": "Live", "es": "En vivo"},
        "webcam_mode": {"en": "Mode", "es": "Modo"},
        "live_detail": {"en": "Detail of live frames", "es": "Detalle en vivo"},
        "live_detail_info": {
            "en": "Fewer pixels, more frames per second.",
            "es": "Menos píxeles, más fotogramas por segundo.",
        },
        "live_hint": {
            "en": "Live runs for at most {seconds} s, then the next visitor has a turn. The newest "
            "frame wins; frames in between are skipped, and none is kept.",
            "es": "En vivo dura como máximo {seconds} s; después le toca a otra persona. Gana el "
            "fotograma más nuevo; los intermedios se saltan y ninguno se guarda.",
        },
        "live_gpu": {
            "en": "Each frame borrows the GPU for a moment, from your time of the day at Hugging "
            "Face; frames wait while others have it.",
            "es": "Cada fotograma toma prestada la GPU un momento, de su tiempo del día en Hugging "
            "Face; espera mientras la tengan otros.",
        },
        "live_rate": {
            "en": "{rate} frames per second · {milliseconds} ms per frame",
            "es": "{rate} fotogramas por segundo · {milliseconds} ms cada uno",
        },
        "snapshot_hint": {
            "en": "The picture stays as the camera sees it: left is left, text is readable.",
            "es": "La imagen queda como la ve la cámara: la izquierda es la izquierda y el texto "
            "se lee.",
        },
        "camera_refused": {
            "en": "This page may not use the camera. Allow it at the padlock or camera sign beside "
            "the address, then reload the page. A picture can be uploaded meanwhile.",
            "es": "Esta página no puede usar la cámara. Permítala en el candado o la cámara junto "
            "a la dirección y recargue la página. Entretanto puede subir una imagen.",
        },
        "camera_missing": {
            "en": "No camera was found. Connect one and reload the page, or upload a picture.",
            "es": "No se encontró ninguna cámara. Conecte una y recargue la página, o suba una "
            "imagen.",
        },
        "camera_busy": {
            "en": "The camera does not start. Another program may be using it: close that one and "
            "try again.",
            "es": "La cámara no arranca. Quizá otro programa la esté usando: ciérrelo e inténtelo "
            "de nuevo.",
        },
        "camera_gone": {
            "en": "The camera is gone: it was unplugged, or its permission was withdrawn. Connect "
            "it and start it again; the last result stays.",
            "es": "La cámara ya no está: se desconectó o se le retiró el permiso. Conéctela y "
            "actívela de nuevo; el último resultado se conserva.",
        },
        "camera_insecure": {
            "en": "Browsers lend the camera to https pages and to localhost only. Open this page "
            "by https, or upload a picture.",
            "es": "Los navegadores solo prestan la cámara a páginas https y a localhost. Abra esta "
            "página por https o suba una imagen.",
        },
        "gallery_hint": {
            "en": "One click segments a picture.",
            "es": "Un clic segmenta una imagen.",
        },
        "card_needs": {
            "en": "Needs {title}: now it would be a guess",
            "es": "Necesita {title}: ahora sería un tanteo",
        },
        # Video
        "video_welcome": {
            "en": "Add a video: it comes back with its panoptic map drawn in. The same thing keeps "
            "its colour and number from frame to frame, and a timeline shows who was there when.",
            "es": "Añada un video: vuelve con su mapa panóptico dibujado. La misma cosa conserva "
            "su color y su número de un fotograma a otro, y una línea de tiempo muestra quién "
            "estuvo cuándo.",
        },
        "video_example": {
            "en": "Try it: a street in a toy scene",
            "es": "Pruebe: una calle en una escena de juguete",
        },
        "video_every": {"en": "Segment every n-th frame", "es": "Segmentar cada n fotogramas"},
        "video_every_info": {
            "en": "1 is every frame. In between, the map moves along with the picture.",
            "es": "1 es cada fotograma. Entre ellos, el mapa se mueve con la imagen.",
        },
        "video_start": {"en": "Start (s)", "es": "Inicio (s)"},
        "video_end": {"en": "End (s; 0: all)", "es": "Final (s; 0: todo)"},
        "video_hint": {
            "en": "MP4, MOV, AVI or WebM, up to {megabytes}\u00a0MB; at most {seconds}\u00a0s at "
            "once. Checkpoint and threshold are those of the Image tab. Sound is kept.",
            "es": "MP4, MOV, AVI o WebM, hasta {megabytes}\u00a0MB; como máximo {seconds}\u00a0s a "
            "la vez. Modelo y umbral son los de la pestaña Imagen. El sonido se conserva.",
        },
        "video_gpu": {
            "en": "The GPU is lent to you while it works, {seconds}\u00a0s at a time: that counts "
            "as your time of the day at Hugging Face. When that is over, what is done is shown.",
            "es": "Se le presta la GPU mientras dura el trabajo, {seconds}\u00a0s cada vez: cuenta "
            "como su tiempo del día en Hugging Face. Cuando se acaba, se muestra lo hecho.",
        },
        "video_progress": {
            "en": "Frame {frames} of {total} · {milliseconds} ms a frame · {left} left",
            "es": "Fotograma {frames} de {total} · {milliseconds} ms cada uno · faltan {left}",
        },
        "video_progress_open": {
            "en": "Frame {frames} · {milliseconds} ms a frame",
            "es": "Fotograma {frames} · {milliseconds} ms cada uno",
        },
        "video_done": {
            "en": "{frames} frames, {seen} of them seen by the network: {seconds} s of video.",
            "es": "{frames} fotogramas, {seen} de ellos vistos por la red: {seconds} s de video.",
        },
        "video_stopped": {
            "en": "Stopped after {frames} frames, {seen} of them seen by the network: {seconds} s "
            "of video.",
            "es": "Parado tras {frames} fotogramas, {seen} de ellos vistos por la red: {seconds} s "
            "de video.",
        },
        # Controls
        "controls": {"en": "Advanced", "es": "Avanzado"},
        "checkpoint": {"en": "Checkpoint", "es": "Modelo"},
        "checkpoint_info": {
            "en": "The trained network. PQ, panoptic quality, is out of 100: higher is better.",
            "es": "La red entrenada. PQ, calidad panóptica, es sobre 100: más es mejor.",
        },
        "detail": {"en": "Detail", "es": "Detalle"},
        "detail_info": {
            "en": "Shorter side, in pixels, at which the network sees the picture. More is slower.",
            "es": "Lado corto, en píxeles, con el que la red ve la imagen. Más es más lento.",
        },
        "method": {"en": "Method", "es": "Método"},
        "method_info": {
            "en": "How pixels are given to segments: as the paper describes it, or as the released "
            "code does.",
            "es": "Cómo se reparten los píxeles: como describe el artículo o como hace el código "
            "publicado.",
        },
        "method_paper": {"en": "Paper", "es": "Artículo"},
        "method_reference": {"en": "Released code", "es": "Código publicado"},
        "segment": {"en": "Segment", "es": "Segmentar"},
        "segment_again": {"en": "Segment again", "es": "Segmentar de nuevo"},
        "older_settings": {
            "en": "The result was made with other settings.",
            "es": "El resultado se hizo con otros ajustes.",
        },
        "restored": {
            "en": "Shown again as it was before the page was loaded anew.",
            "es": "Se muestra como estaba antes de volver a cargar la página.",
        },
        "sent_again": {
            "en": "The server no longer had this picture: your browser has sent it again.",
            "es": "El servidor ya no tenía esta imagen: su navegador la ha enviado de nuevo.",
        },
        "upload_failed": {
            "en": "The file could not be uploaded: it is too large, or the connection broke.",
            "es": "No se pudo subir el archivo: es demasiado grande o se cortó la conexión.",
        },
        "drop_here": {"en": "Drop the picture anywhere", "es": "Suelte la imagen donde quiera"},
        "stage_upload": {"en": "Uploading the picture", "es": "Subiendo la imagen"},
        "stop": {"en": "Stop", "es": "Parar"},
        # State of a checkpoint
        "state_ready": {"en": "ready", "es": "listo"},
        "state_download": {"en": "will download {size} MB", "es": "descargará {size} MB"},
        "state_unreachable": {"en": "not reachable", "es": "no accesible"},
        "state_checking": {"en": "checking", "es": "comprobando"},
        "state_loading": {"en": "loading", "es": "cargando"},
        "state_stand_in": {"en": "stand-in", "es": "suplente"},
        # Result
        "result": {"en": "Result", "es": "Resultado"},
        "first_result": {
            "en": "This page finds and names what is in a picture. Point at it: each thing and "
            "each region has a name, a colour and a place in the legend.",
            "es": "Esta página encuentra y nombra lo que hay en una imagen. Señálela: cada cosa y "
            "cada región tiene un nombre, un color y un lugar en la leyenda.",
        },
        "now_yours": {"en": "Now yours:", "es": "Ahora la suya:"},
        "now_yours_how": {
            "en": "drop, paste or choose a picture, or try one of these.",
            "es": "suelte, pegue o elija una imagen, o pruebe una de estas.",
        },
        "choose_picture": {"en": "Choose a picture", "es": "Elegir una imagen"},
        "early_wish": {
            "en": "The page is still loading: what you asked for comes next.",
            "es": "La página aún se está cargando: después viene lo que pidió.",
        },
        "stage_read": {"en": "Reading the picture", "es": "Leyendo la imagen"},
        "stage_start": {
            "en": "Starting the engine, once",
            "es": "Arrancando el motor, solo esta vez",
        },
        "stage_download": {
            "en": "Downloading {title}: {done} of {total} MB",
            "es": "Descargando {title}: {done} de {total} MB",
        },
        "stage_load": {"en": "Loading {title}", "es": "Cargando {title}"},
        "stage_network": {"en": "The network is looking", "es": "La red está mirando"},
        "stage_draw": {"en": "Drawing the map", "es": "Dibujando el mapa"},
        "about_seconds": {"en": "about {seconds} s", "es": "unos {seconds} s"},
        "stopped": {
            "en": "Stopped. Choose Segment again to go on.",
            "es": "Parado. Elija Segmentar de nuevo para seguir.",
        },
        "detail_lowered": {
            "en": "There was not enough memory for detail {asked}, so the network saw the picture "
            "at {used}.",
            "es": "No había memoria suficiente para el detalle {asked}, así que la red vio la "
            "imagen a {used}.",
        },
        "stand_in": {
            "en": "{wanted} could not be loaded, so {used} stands in: a small network for drawn "
            "scenes of simple shapes. It is not made for photographs; what it says of one is a "
            "guess.",
            "es": "No se pudo cargar {wanted}, así que {used} lo suple: una red pequeña para "
            "escenas dibujadas de formas simples. No está hecha para fotografías; lo que diga de "
            "una es un tanteo.",
        },
        "stand_in_why": {"en": "Why?", "es": "¿Por qué?"},
        "picture_gone": {
            "en": "This picture is no longer on the server. Please add it again.",
            "es": "Esta imagen ya no está en el servidor. Añádala de nuevo.",
        },
        "unexpected": {
            "en": "Something went wrong here, not with your picture. Please try again; if it "
            "happens again, reload the page.",
            "es": "Algo falló aquí, no en su imagen. Inténtelo de nuevo; si se repite, recargue "
            "la página.",
        },
        "serving": {
            "en": "The app is at {url} (Ctrl-C stops it)",
            "es": "La aplicación está en {url} (Ctrl-C la detiene)",
        },
        "shared": {
            "en": "The public link, for a week: {url}",
            "es": "El enlace público, por una semana: {url}",
        },
        "login": {"en": "Log in", "es": "Entrar"},
        "login_name": {"en": "Name", "es": "Nombre"},
        "login_password": {"en": "Password", "es": "Contraseña"},
        "login_wrong": {
            "en": "Name or password is wrong.",
            "es": "El nombre o la contraseña no es correcto.",
        },
        "login_wait": {
            "en": "Too many wrong passwords. Please wait a minute.",
            "es": "Demasiadas contraseñas incorrectas. Espere un minuto.",
        },
        "stopping": {
            "en": "Stopping: what is under way is finished first, for a few seconds at most.",
            "es": "Deteniendo: antes se termina lo que está en marcha, unos segundos como máximo.",
        },
        "queue_full": {
            "en": "The queue is full: {size} are waiting already. Please try again in a minute.",
            "es": "La cola está llena: ya esperan {size}. Inténtelo de nuevo en un minuto.",
        },
        "queue_position": {
            "en": "In the queue: {position} of {size}",
            "es": "En la cola: {position} de {size}",
        },
        "stopped_server": {
            "en": "The server is being stopped or restarted. Please try again in a minute.",
            "es": "El servidor se está deteniendo o reiniciando. Inténtelo de nuevo en un minuto.",
        },
        "connection_lost": {
            "en": "No connection to the server. What you see stays; trying again.",
            "es": "Sin conexión con el servidor. Lo que ve se conserva; se vuelve a intentar.",
        },
        "connection_gone": {
            "en": "The server cannot be reached. What you see stays: check your connection, then "
            "try again.",
            "es": "No se puede llegar al servidor. Lo que ve se conserva: compruebe su conexión e "
            "inténtelo de nuevo.",
        },
        "share_unavailable": {
            "en": "No public link could be had: the tunnel's server did not answer, or this "
            "network does not let it through. The app runs all the same, at {url}",
            "es": "No se pudo obtener un enlace público: el servidor del túnel no respondió o esta "
            "red no lo deja pasar. La aplicación funciona igualmente en {url}",
        },
        # Why this segment?
        "why_corrected": {
            "en": "A person has changed this segment. What follows is about the network's answer, "
            "from which it came.",
            "es": "Una persona ha cambiado este segmento. Lo que sigue trata de la respuesta de la "
            "red de la que salió.",
        },
        "why_drawn": {
            "en": "Because a person drew it: the network has not found this segment.",
            "es": "Porque lo dibujó una persona: la red no encontró este segmento.",
        },
        "why_hint": {
            "en": "The network asks {count} questions about every picture, its object queries; "
            "number {query} found this. Bright is where it looked.",
            "es": "La red hace {count} preguntas sobre cada imagen, sus consultas de objeto; la "
            "número {query} encontró esto. Lo claro es donde miró.",
        },
        "why_point": {
            "en": "What a point attends to",
            "es": "A qué atiende un punto",
        },
        "why_point_hint": {
            "en": "Click a point of the left picture, or move with the arrows and press Enter. It "
            "shows the self-attention of the last encoder layer, the mean of its heads.",
            "es": "Haga clic en un punto de la imagen izquierda, o muévase con las flechas y pulse "
            "Intro. Se ve la autoatención de la última capa del codificador, promedio de sus "
            "cabezas.",
        },
        # Downloads
        "downloads": {"en": "Downloads", "es": "Descargas"},
        "downloads_look": {
            "en": "To look at, and for spreadsheets.",
            "es": "Para mirar y para hojas de cálculo.",
        },
        "downloads_train": {
            "en": "To train and measure with: pycocotools, supervision, Detectron2, Ultralytics "
            "and other programs read these.",
            "es": "Para entrenar y medir: los leen pycocotools, supervision, Detectron2, "
            "Ultralytics y otros programas.",
        },
        "downloads_annotate": {
            "en": "To go on by hand: each opens in the annotation tool of its name, with the exact "
            "masks.",
            "es": "Para seguir a mano: cada uno se abre en la herramienta de anotación de su "
            "nombre, con las máscaras exactas.",
        },
        "downloads_else": {
            "en": "For everybody else: outlines in pixels as GeoJSON, or all files at once.",
            "es": "Para todo lo demás: contornos en píxeles como GeoJSON, o todos los archivos a "
            "la vez.",
        },
        "download_coco": {"en": "COCO instances (JSON)", "es": "Instancias, COCO (JSON)"},
        "download_yolo": {"en": "YOLO segmentation (ZIP)", "es": "Segmentación YOLO (ZIP)"},
        "download_semantic": {"en": "Semantic map (ZIP)", "es": "Mapa semántico (ZIP)"},
        "download_label_studio": {"en": "Label Studio (ZIP)", "es": "Label Studio (ZIP)"},
        "download_labelme": {"en": "LabelMe (JSON)", "es": "LabelMe (JSON)"},
        "download_cvat": {"en": "CVAT (XML)", "es": "CVAT (XML)"},
        "download_geojson": {"en": "Polygons (GeoJSON)", "es": "Polígonos (GeoJSON)"},
        "export_stuff": {
            "en": "COCO instances and YOLO: stuff too",
            "es": "Instancias COCO y YOLO: también la materia",
        },
        "export_polygons": {
            "en": "COCO instances: polygons, not run lengths",
            "es": "Instancias COCO: polígonos, no RLE",
        },
        "download_overlay": {"en": "Overlay (PNG)", "es": "Superposición (PNG)"},
        "download_coco_png": {"en": "Panoptic map, COCO (PNG)", "es": "Mapa panóptico, COCO (PNG)"},
        "download_coco_json": {
            "en": "Panoptic annotation, COCO (JSON)",
            "es": "Anotación panóptica, COCO (JSON)",
        },
        "download_legend": {"en": "Legend (CSV)", "es": "Leyenda (CSV)"},
        "download_cutout": {
            "en": "Cut-out of the selected segment (PNG)",
            "es": "Recorte del segmento elegido (PNG)",
        },
        "download_zip": {"en": "Everything (ZIP)", "es": "Todo (ZIP)"},
        "select_first": {
            "en": "Select a segment first: click it in the picture or in the legend.",
            "es": "Elija primero un segmento: haga clic en la imagen o en la leyenda.",
        },
    }
)

DICTIONARY = gr.I18n(
    **{
        # Gradio 6.31 tells listeners of an event's end by a name for which it has no words. They
        # hear the result itself.
        code: {"common.complete": " ", **{key: texts[code] for key, texts in TEXTS.items()}}
        for code in LANGUAGES
    }
)
"""What ``launch`` hands to the browser."""


class PageLanguage(gr.Textbox):
    """The page's language, kept by the browser: it outlives the server's memory of a visitor."""

    is_template = True  # the browser's part is that of gr.Textbox

    def preprocess(self, payload: str | None) -> str:
        """Return "en" or "es", whatever was sent."""
        return payload if payload in LANGUAGES else "en"


def label(key: str) -> gr.i18n.I18nData:
    """Return a label that the browser shows in its language.

    Raises:
        KeyError: no such text.
    """
    TEXTS[key]
    return DICTIONARY(key)


def text(key: str, language: str, **values: object) -> str:
    """Return a text in a language, English for an unknown one, with its placeholders filled.

    Raises:
        KeyError: no such text, or a placeholder without a value.
    """
    texts = TEXTS[key]
    return texts.get(language, texts["en"]).format(**values)


def language_of(accept_language: str | None) -> str:
    """Return "en" or "es", whichever an ``Accept-Language`` header prefers; else English."""
    weighted = []
    for position, entry in enumerate((accept_language or "").split(",")[:20]):
        tag, _, quality = entry.strip().partition(";q=")
        try:
            weight = float(quality or 1)
        except ValueError:
            weight = 0.0
        weighted.append((-weight, position, tag.split("-")[0].lower()))
    known = [tag for _, _, tag in sorted(weighted) if tag in LANGUAGES]
    return known[0] if known else "en"
