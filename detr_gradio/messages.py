"""Every sentence that the package says to a person about a problem, in English and Spanish.

A sentence says what is wrong and what to do about it. It carries no path of the server and no
internals. Sentences are plain text: whoever puts one into a page escapes it.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

LANGUAGES = ("en", "es")

# Keys in alphabetical order; the placeholders of both languages are the same.
MESSAGES: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "app_options": {
            "en": "app.py knows --share alone, not {words}. Other options: "
            "python -m detr_gradio launch --help.",
            "es": "app.py solo conoce --share, no {words}. Otras opciones: "
            "python -m detr_gradio launch --help.",
        },
        "batch_damaged": {
            "en": "{name} among the results is damaged, or not of this program. Please delete it "
            "and run the command again.",
            "es": "{name}, entre los resultados, está dañado o no es de este programa. Bórrelo y "
            "ejecute la orden de nuevo.",
        },
        "batch_done": {
            "en": "Segmented: {done}; done before: {before}; failed: {failed}, of {total} pictures "
            "({rate} a second). The results are in {place}.",
            "es": "Segmentadas: {done}; ya hechas: {before}; con fallo: {failed}, de {total} "
            "imágenes ({rate} por segundo). Los resultados están en {place}.",
        },
        "batch_id_twice": {
            "en": "The id {name} stands for two pictures. Please give each its own.",
            "es": "El id {name} corresponde a dos imágenes. Dé a cada una el suyo.",
        },
        "batch_manifest_columns": {
            "en": "{name} has a row without a column uri or path. Please name the pictures there; "
            "a column id may say what they are called.",
            "es": "{name} tiene una fila sin columna uri ni path. Indique ahí las imágenes; una "
            "columna id puede decir cómo se llaman.",
        },
        "batch_manifest_missing": {
            "en": "There is no list of pictures {name}. Please check its name and folder.",
            "es": "No existe la lista de imágenes {name}. Revise su nombre y su carpeta.",
        },
        "batch_manifest_unreadable": {
            "en": "The list of pictures {name} can't be read. It has to be a text in UTF-8 with a "
            "picture a line, or a CSV or Parquet file with a column uri or path.",
            "es": "No se puede leer la lista de imágenes {name}. Debe ser un texto en UTF-8 con "
            "una imagen por línea, o un archivo CSV o Parquet con una columna uri o path.",
        },
        "batch_max_errors": {
            "en": "The most errors are a whole number such as 100, or a share such as 1%, not "
            "{value}.",
            "es": "El máximo de errores es un número entero como 100 o una parte como 1%, no "
            "{value}.",
        },
        "batch_more_errors": {
            "en": "... and {count} more: the column error of the results has them all.",
            "es": "... y {count} más: la columna error de los resultados los contiene todos.",
        },
        "batch_no_cluster": {
            "en": "No Ray cluster answers at {address}. Please check --address, or leave it out to "
            "start one on this machine.",
            "es": "Ningún clúster de Ray responde en {address}. Revise --address, o no lo escriba "
            "para iniciar uno en este equipo.",
        },
        "batch_no_start": {
            "en": "Ray did not start in time; this machine may be too busy. Please try again.",
            "es": "Ray no se inició a tiempo; este equipo puede estar demasiado ocupado. Inténtelo "
            "de nuevo.",
        },
        "batch_other_settings": {
            "en": "{place} holds results made with other settings or by another engine. Please "
            "choose another place, or the same options as then.",
            "es": "{place} contiene resultados hechos con otros ajustes o por otro motor. Elija "
            "otro lugar, o las mismas opciones que entonces.",
        },
        "batch_parquet_alone": {
            "en": "parquet goes together with overlay and panoptic alone, and {options} belong to "
            "it. Please write --format parquet without other formats.",
            "es": "parquet solo se combina con overlay y panoptic, y {options} le pertenecen. "
            "Escriba --format parquet sin otros formatos.",
        },
        "batch_too_many_errors": {
            "en": "Stopped: {count} pictures could not be segmented, more than --max-errors "
            "allows. What was finished is kept; the same command goes on with a larger number.",
            "es": "Detenido: {count} imágenes no se pudieron segmentar, más de las que permite "
            "--max-errors. Lo terminado se conserva; la misma orden sigue con un número mayor.",
        },
        "batch_unreadable": {
            "en": "{place} can't be read, or holds no results of segment --format parquet. Please "
            "check the place and the right to read it.",
            "es": "{place} no se puede leer o no contiene resultados de segment --format parquet. "
            "Revise el lugar y el permiso para leerlo.",
        },
        "batch_worker_ended": {
            "en": "A process that segments has ended, perhaps for want of memory. What was "
            "finished is kept; the same command goes on, with fewer --workers if need be.",
            "es": "Un proceso que segmenta ha terminado, quizá por falta de memoria. Lo terminado "
            "se conserva; la misma orden sigue, con menos --workers si hace falta.",
        },
        "categories_index": {
            "en": "{file} of {title}: category {id} has no place of its own among the network's "
            'labels. Please give each category its "index", 0 to {last}.',
            "es": "{file} de {title}: la categoría {id} no tiene un lugar propio entre las "
            'etiquetas de la red. Dé a cada categoría su "index", de 0 a {last}.',
        },
        "categories_kinds_unknown": {
            "en": "Nothing says which categories of {title} are things and which are stuff: all "
            "count as things. Please write a {file} beside its config.json, with id, name and "
            "isthing (1 or 0) of each.",
            "es": "Nada dice qué categorías de {title} son cosas y cuáles materia: todas cuentan "
            "como cosas. Escriba un {file} junto a su config.json, con id, name e isthing (1 o 0) "
            "de cada una.",
        },
        "categories_twice": {
            "en": "{file} of {title} has an id or an index twice. Please give each category its "
            "own.",
            "es": "{file} de {title} contiene dos veces un id o un index. Dé a cada categoría el "
            "suyo.",
        },
        "categories_unreadable": {
            "en": "{file} of {title} is not a list of categories as COCO panoptic has it, no "
            "longer than the network's labels: id (an integer), name and isthing (1 or 0) of "
            "each, and color ([red, green, blue]) where it has one.",
            "es": "{file} de {title} no es una lista de categorías como la de COCO panoptic, no "
            "más larga que las etiquetas de la red: id (un entero), name e isthing (1 o 0) de "
            "cada una, y color ([rojo, verde, azul]) si lo tiene.",
        },
        "check_faults": {
            "en": "Faults: {count}. Please mend them before you train.",
            "es": "Fallos: {count}. Corríjalos antes de entrenar.",
        },
        "check_fit": {
            "en": "No faults: the data set is fit to train on.",
            "es": "Sin fallos: los datos sirven para entrenar.",
        },
        "check_no_data_set": {
            "en": "{name} has no file such as panoptic_train.json, nor in annotations/. Please "
            "name the folder of a COCO panoptic data set, not a file in it.",
            "es": "{name} no contiene un archivo como panoptic_train.json, tampoco en "
            "annotations/. Indique la carpeta de unos datos COCO panoptic, no un archivo de ella.",
        },
        "check_split": {
            "en": "{name}: {images} pictures, {segments} segments, {crowds} of them crowds, {void} "
            "void.",
            "es": "{name}: {images} imágenes, {segments} segmentos, {crowds} de ellos multitudes, "
            "{void} vacío.",
        },
        "checkpoint_categories": {
            "en": "{title} knows {count} labels, not COCO's 250. Please choose a checkpoint for "
            "COCO panoptic segmentation.",
            "es": "{title} conoce {count} etiquetas, no las 250 de COCO. Elija un modelo para la "
            "segmentación panóptica de COCO.",
        },
        "checkpoint_config": {
            "en": "The configuration of {title} is not that of a panoptic DETR. Please choose "
            "another checkpoint, or save this one again.",
            "es": "La configuración de {title} no es la de un DETR panóptico. Elija otro modelo o "
            "guarde este de nuevo.",
        },
        "checkpoint_damaged": {
            "en": "The weights of {title} ({file}) are damaged, incomplete or not the ones that "
            "were published. Please delete them and download them again, or choose another "
            "checkpoint.",
            "es": "Los pesos de {title} ({file}) están dañados, incompletos o no son los "
            "publicados. Bórrelos y descárguelos de nuevo, o elija otro modelo.",
        },
        "checkpoint_disk": {
            "en": "{title} can't be kept on this computer's disk ({reason}). Please make room, or "
            "set HF_HOME to a folder that can be written; or choose another checkpoint.",
            "es": "{title} no se puede guardar en el disco de este equipo ({reason}). Libere "
            "espacio o ponga en HF_HOME una carpeta en la que se pueda escribir; o elija otro "
            "modelo.",
        },
        "checkpoint_download_failed": {
            "en": "The download of {title} broke off ({reason}). Please try again: it goes on "
            "where it stopped. Or choose another checkpoint.",
            "es": "La descarga de {title} se interrumpió ({reason}). Inténtelo de nuevo: sigue "
            "donde se detuvo. O elija otro modelo.",
        },
        "checkpoint_incomplete": {
            "en": "The folder {title} has no {file}. Please save the checkpoint again in the "
            "Hub's layout, or choose another one.",
            "es": "La carpeta {title} no contiene {file}. Guarde el modelo de nuevo con el "
            "formato del Hub, o elija otro.",
        },
        "checkpoint_keys": {
            "en": "The weights of {title} do not fit its network ({keys}). Please choose another "
            "checkpoint, or save this one again.",
            "es": "Los pesos de {title} no corresponden a su red ({keys}). Elija otro modelo o "
            "guarde este de nuevo.",
        },
        "checkpoint_offline": {
            "en": "{title} is not on this computer, and the Hugging Face Hub is switched off by "
            "HF_HUB_OFFLINE. Choose toy-scenes, or run `hf download {name}` once.",
            "es": "{title} no está en este equipo y HF_HUB_OFFLINE desactiva el Hub de Hugging "
            "Face. Elija toy-scenes o ejecute una vez `hf download {name}`.",
        },
        "checkpoint_preprocessor": {
            "en": "The preprocessor of {title} asks for {entry}, and pictures are prepared here as "
            "DETR's are. Please save it with DetrImageProcessor's own steps, or choose another "
            "checkpoint.",
            "es": "El preprocesador de {title} pide {entry}, y aquí las imágenes se preparan como "
            "las de DETR. Guárdelo con los pasos propios de DetrImageProcessor o elija otro "
            "modelo.",
        },
        "checkpoint_unknown": {
            "en": "There is no checkpoint called {name} here. Choose one of these: {names}.",
            "es": "Aquí no hay ningún modelo llamado {name}. Elija uno de estos: {names}.",
        },
        "checkpoint_unreachable": {
            "en": "{title} is not on this computer, and the Hugging Face Hub can't be reached "
            "({reason}). Check the connection, choose toy-scenes, or run `hf download {name}` "
            "where there is one.",
            "es": "{title} no está en este equipo y no se puede llegar al Hub de Hugging Face "
            "({reason}). Revise la conexión, elija toy-scenes o ejecute `hf download {name}` "
            "donde la haya.",
        },
        "cli_evaluated": {
            "en": "Pictures evaluated: {count}, with the pixels as they are stored: no EXIF turn, "
            "no colour conversion. The report is {page}.",
            "es": "Imágenes evaluadas: {count}, con los píxeles tal como están guardados: sin giro "
            "EXIF ni conversión de color. El informe es {page}.",
        },
        "cli_extra": {
            "en": "This command needs more packages than are installed. Please run "
            'pip install "detr-gradio[{extra}]" and repeat it.',
            "es": "Esta orden necesita más paquetes de los instalados. Ejecute "
            'pip install "detr-gradio[{extra}]" y repítala.',
        },
        "cli_file_taken": {
            "en": "The folder of the output has a file {name} already, which is not a result of "
            "this program. Please choose another folder.",
            "es": "La carpeta de salida ya tiene un archivo {name} que no es un resultado de este "
            "programa. Elija otra carpeta.",
        },
        "cli_interrupted": {
            "en": "Stopped. What was finished is kept; the same command goes on from there.",
            "es": "Detenido. Lo terminado se conserva; la misma orden sigue desde ahí.",
        },
        "cli_no_benchmarks": {
            "en": "The benchmark is not part of the installed package. Run it in a copy of the "
            "repository.",
            "es": "La prueba de velocidad no forma parte del paquete instalado. Ejecútela en una "
            "copia del repositorio.",
        },
        "cli_no_pictures": {
            "en": "No picture was found in: {places}. Name picture files, folders that hold some, "
            "or patterns such as '*.jpg'.",
            "es": "No se encontró ninguna imagen en: {places}. Indique imágenes, carpetas que "
            "las contengan o patrones como '*.jpg'.",
        },
        "cli_no_temporary_folder": {
            "en": "No folder takes temporary files: all that were tried are read-only or full. "
            "Please set the environment variable TMPDIR to one that can be written.",
            "es": "Ninguna carpeta admite archivos temporales: todas las probadas son de solo "
            "lectura o están llenas. Ponga en la variable de entorno TMPDIR una en la que se pueda "
            "escribir.",
        },
        "cli_no_video": {
            "en": "There is no video file {name}. Please check its name and folder.",
            "es": "No existe el archivo de video {name}. Revise su nombre y su carpeta.",
        },
        "cli_not_mp4": {
            "en": "The result is an MP4 file: give it a name that ends in .mp4, not {name}.",
            "es": "El resultado es un archivo MP4: dele un nombre que termine en .mp4, no {name}.",
        },
        "cli_not_writable": {
            "en": "The results can't be written: {reason}. Please check the folder of the output "
            "and the space on its disk.",
            "es": "No se pueden escribir los resultados: {reason}. Revise la carpeta de la salida "
            "y el espacio en su disco.",
        },
        "cli_own_results": {
            "en": "Results of earlier runs that were left out: {count}.",
            "es": "Resultados de ejecuciones anteriores que se dejaron fuera: {count}.",
        },
        "cli_picture": {
            "en": "{segments} segments in {seconds} s.",
            "es": "{segments} segmentos en {seconds} s.",
        },
        "cli_picture_failed": {
            "en": "Something went wrong with this picture ({reason}). Please save it again as PNG, "
            "and report the problem if that does not help.",
            "es": "Algo falló con esta imagen ({reason}). Guárdela de nuevo como PNG y, si eso no "
            "ayuda, avise del problema.",
        },
        "cli_picture_not_written": {
            "en": "The results of this picture can't be written: {reason}. Please check its name "
            "and the folder of the output.",
            "es": "No se pueden escribir los resultados de esta imagen: {reason}. Revise su nombre "
            "y la carpeta de la salida.",
        },
        "cli_segmented": {
            "en": "Segmented: {done}; done before: {skipped}; failed: {failed}. The results are in "
            "{folder}.",
            "es": "Segmentadas: {done}; ya hechas: {skipped}; con fallo: {failed}. Los resultados "
            "están en {folder}.",
        },
        "cli_stopped": {
            "en": "Stopped.",
            "es": "Detenido.",
        },
        "cli_verified": {
            "en": "Nothing is wrong ({count} checks).",
            "es": "Todo está bien ({count} comprobaciones).",
        },
        "cli_verified_wrong": {
            "en": "{wrong} of {count} checks are wrong. Please report them with the table above.",
            "es": "{wrong} de {count} comprobaciones están mal. Comuníquelas con la tabla de "
            "arriba.",
        },
        "cli_video": {
            "en": "{frames} frames, {segmented} of them segmented by the network: {file}.",
            "es": "{frames} fotogramas, {segmented} segmentados por la red: {file}.",
        },
        "cli_video_itself": {
            "en": "The result would overwrite the video {name} itself. Please give it another "
            "name.",
            "es": "El resultado sobrescribiría el propio video {name}. Dele otro nombre.",
        },
        "cli_video_table": {
            "en": "There is a file {name} already, which is not a table of this program. The "
            "tables of the video get its name: please give the video another one.",
            "es": "Ya existe un archivo {name} que no es una tabla de este programa. Las tablas "
            "del video llevan su nombre: dele otro al video.",
        },
        "cli_your_limit": {
            "en": "{problem} The environment variable {variable} sets this limit.",
            "es": "{problem} La variable de entorno {variable} fija este límite.",
        },
        "convert_already": {
            "en": "{name} is in COCO's panoptic format already. Please check it: python -m "
            "detr_gradio check FOLDER.",
            "es": "{name} ya está en el formato COCO panoptic. Compruébelo: python -m "
            "detr_gradio check CARPETA.",
        },
        "convert_done": {
            "en": "Written to {name}; pixels in more than one region: {overlap}. Now check it: "
            "python -m detr_gradio check FOLDER.",
            "es": "Escrito en {name}; píxeles en más de una región: {overlap}. Ahora compruébelo: "
            "python -m detr_gradio check CARPETA.",
        },
        "convert_exists": {
            "en": "There is a {name} already. Please choose another --output, or another --split "
            "to add a part.",
            "es": "Ya existe {name}. Elija otra --output, u otro --split para añadir una parte.",
        },
        "convert_format": {
            "en": "Nothing known is in {name}: COCO instances, LabelMe's or Label Studio's JSON, "
            "CVAT's XML (unpacked), or PNG files with a table. Please name the file itself, or its "
            "--format.",
            "es": "No hay nada conocido en {name}: COCO instances, JSON de LabelMe o de Label "
            "Studio, XML de CVAT (descomprimido) o archivos PNG con una tabla. Indique el archivo "
            "mismo o su --format.",
        },
        "convert_inside": {
            "en": "The output {name} is within the source. Please choose a folder outside of it.",
            "es": "La salida {name} está dentro del origen. Elija una carpeta fuera de él.",
        },
        "convert_kinds": {
            "en": "All categories count as things, which are counted. Please name those that are "
            "stuff (sky, road, ...) with --stuff, or all in a table with --categories.",
            "es": "Todas las categorías cuentan como cosas, que se cuentan. Indique las que son "
            "materia (cielo, calle, ...) con --stuff, o todas en una tabla con --categories.",
        },
        "convert_losses": {
            "en": "Left out, as said above: {count}.",
            "es": "Omisiones, como se dice arriba: {count}.",
        },
        "convert_missing": {
            "en": "There is no {name}. Please check the path.",
            "es": "No existe {name}. Revise la ruta.",
        },
        "convert_more": {
            "en": "... and {count} more of this kind (--json has all).",
            "es": "... y {count} más de este tipo (--json los tiene todos).",
        },
        "convert_no_table": {
            "en": "{name} has not exactly one table that names the values of its PNG files. Please "
            "name it with --categories: a CSV with value and name (and isthing, 1 or 0), or JSON.",
            "es": "{name} no tiene exactamente una tabla que nombre los valores de sus PNG. "
            "Indíquela con --categories: un CSV con value y name (e isthing, 1 o 0), o JSON.",
        },
        "convert_nothing": {
            "en": "Not a single picture could be converted.",
            "es": "No se pudo convertir ni una imagen.",
        },
        "convert_several": {
            "en": "{name} has several files with annotations: {names}. Please name one of them.",
            "es": "{name} tiene varios archivos con anotaciones: {names}. Indique uno de ellos.",
        },
        "convert_share": {
            "en": "--val is a share between 0 and 1, and the --split cannot be val then.",
            "es": "--val es una parte entre 0 y 1, y entonces --split no puede ser val.",
        },
        "convert_split": {
            "en": "A part is called by letters, digits, - and _, such as train, not {name}.",
            "es": "Una parte se llama con letras, cifras, - y _, como train, no {name}.",
        },
        "convert_table": {
            "en": "{name} does not name categories ({said}). Please write a CSV with value and "
            "name (and isthing, 1 or 0), or JSON as in COCO's list of categories.",
            "es": "{name} no nombra categorías ({said}). Escriba un CSV con value y name (e "
            "isthing, 1 o 0), o JSON como la lista de categorías de COCO.",
        },
        "convert_unreadable": {
            "en": "{name} can't be read: {said}. Please export it again.",
            "es": "No se puede leer {name}: {said}. Expórtelo de nuevo.",
        },
        "correction_gone": {
            "en": "The server no longer has your correction: it keeps files for a while only. "
            "Please press Correct and then Done: your browser sends it again.",
            "es": "El servidor ya no tiene su corrección: solo guarda los archivos un tiempo. "
            "Pulse Corregir y después Listo: su navegador la enviará otra vez.",
        },
        "correction_unfit": {
            "en": "This correction does not fit the result: it may belong to another one, or have "
            "been damaged on its way. The network's answer stays as it was.",
            "es": "Esta corrección no encaja con el resultado: puede ser de otro, o haberse dañado "
            "por el camino. La respuesta de la red queda como estaba.",
        },
        "detail_out_of_range": {
            "en": "The detail must be a whole number from {least} to {most}, not {value}.",
            "es": "El detalle debe ser un número entero de {least} a {most}, no {value}.",
        },
        "device_unavailable": {
            "en": "torch can't compute on the device {device} here. Use cpu, or one that this "
            "computer and this installation of torch have, such as cuda or mps.",
            "es": "torch no puede calcular aquí en el dispositivo {device}. Use cpu, o uno que "
            "tengan este equipo y esta instalación de torch, como cuda o mps.",
        },
        "evaluation_categories": {
            "en": "{name} calls category {id} {theirs}, but the checkpoint calls it "
            "{ours}. Please use annotations with the checkpoint's categories, or --match names.",
            "es": "{name} llama {theirs} a la categoría {id}, pero el modelo la llama {ours}. Use "
            "anotaciones con las categorías del modelo, o --match names.",
        },
        "evaluation_checkpoint_only": {
            "en": "Categories of the checkpoint that the ground truth does not have: {count} "
            "({names}). What is found of them counts as a false positive.",
            "es": "Categorías del modelo que los datos de referencia no tienen: {count} ({names}). "
            "Lo que se halle de ellas cuenta como falso positivo.",
        },
        "evaluation_damaged": {
            "en": "The picture {name} and its annotation do not fit together: segments or sizes "
            "differ, or the file is damaged. Please get the ground truth again.",
            "es": "La imagen {name} y su anotación no encajan: difieren los segmentos o los "
            "tamaños, o el archivo está dañado. Vuelva a obtener los datos de referencia.",
        },
        "evaluation_file_missing": {
            "en": "Files that are missing: {count}, {name} among them. Please check the folders of "
            "pictures, annotations and masks.",
            "es": "Archivos que faltan: {count}, entre ellos {name}. Revise las carpetas de "
            "imágenes, anotaciones y máscaras.",
        },
        "evaluation_mask_name": {
            "en": "The name of the mask {name} is not UTF-8. Please give the file another name, "
            "and change it in the annotations too.",
            "es": "El nombre de la máscara {name} no está en UTF-8. Dé otro nombre al archivo y "
            "cámbielo también en las anotaciones.",
        },
        "evaluation_no_result": {
            "en": "The results have none of {name}. Please segment all pictures first, without "
            "errors.",
            "es": "Entre los resultados no hay ninguno de {name}. Segmente primero todas las "
            "imágenes, sin errores.",
        },
        "evaluation_not_coco": {
            "en": "{name} is not a COCO panoptic annotation file: it needs images, annotations "
            "with segments_info, and categories. Please use a file such as panoptic_val2017.json.",
            "es": "{name} no es un archivo de anotaciones COCO panoptic: necesita images, "
            "annotations con segments_info, y categories. Use un archivo como "
            "panoptic_val2017.json.",
        },
        "evaluation_odd_area": {
            "en": "Areas in the annotations that differ from the masks: {count}, first segment "
            "{segment} of {picture}. Those of the masks count.",
            "es": "Áreas de las anotaciones que difieren de las máscaras: {count}, la primera del "
            "segmento {segment} de {picture}. Cuentan las de las máscaras.",
        },
        "evaluation_odd_box": {
            "en": "Boxes in the annotations that differ from the masks: {count}, first segment "
            "{segment} of {picture}. Those of the masks are drawn.",
            "es": "Cajas de las anotaciones que difieren de las máscaras: {count}, la primera del "
            "segmento {segment} de {picture}. Se dibujan las de las máscaras.",
        },
        "evaluation_odd_category": {
            "en": "Segments whose category the annotations do not define: {count}, first segment "
            "{segment} of {picture}. Where the checkpoint knows the id, its category counts; else "
            "what is found there counts as a false positive.",
            "es": "Segmentos cuya categoría no está definida en las anotaciones: {count}, el "
            "primero el {segment} de {picture}. Si el modelo conoce el id, cuenta su categoría; si "
            "no, lo que se halle ahí cuenta como falso positivo.",
        },
        "evaluation_odd_image_twice": {
            "en": "Pictures whose id or annotation comes twice: {count}, first {picture}. The "
            "first one counts.",
            "es": "Imágenes cuyo id o anotación aparece dos veces: {count}, la primera {picture}. "
            "Cuenta la primera aparición.",
        },
        "evaluation_odd_no_pixels": {
            "en": "Segments of the annotations that have no pixels: {count}, first segment "
            "{segment} of {picture}. They count as missed.",
            "es": "Segmentos de las anotaciones sin píxeles: {count}, el primero el {segment} de "
            "{picture}. Cuentan como omitidos.",
        },
        "evaluation_odd_orientation": {
            "en": "Pictures taken as their pixels are stored, though their EXIF data asks for a "
            "turn: {count}, first {picture}. The turn leaves their size as it is, so the ground "
            "truth's size can't say which is meant; COCO's is as stored. If yours was drawn on the "
            "turned picture, please save the picture turned, without EXIF.",
            "es": "Imágenes tomadas como están guardados sus píxeles, aunque sus datos EXIF piden "
            "un giro: {count}, la primera {picture}. El giro no cambia su tamaño, así que el de "
            "los datos de referencia no dice cuál vale; los de COCO son como están guardados. Si "
            "los suyos se dibujaron sobre la imagen girada, guárdela ya girada y sin EXIF.",
        },
        "evaluation_odd_turned": {
            "en": "Pictures that were turned as their EXIF data asks, as only then their size fits "
            "the ground truth: {count}, first {picture}.",
            "es": "Imágenes giradas como piden sus datos EXIF, porque solo así su tamaño "
            "corresponde a los datos de referencia: {count}, la primera {picture}.",
        },
        "evaluation_odd_twice": {
            "en": "Segment ids that come twice in one picture: {count}, first segment {segment} of "
            "{picture}. The last entry counts.",
            "es": "Ids de segmento que aparecen dos veces en una imagen: {count}, el primero el "
            "{segment} de {picture}. Cuenta la última entrada.",
        },
        "evaluation_odd_unlisted": {
            "en": "Ids of the masks that the annotations do not list: {count}, first {segment} of "
            "{picture}. What is found there counts as a false positive.",
            "es": "Ids de las máscaras que no figuran en las anotaciones: {count}, el primero el "
            "{segment} de {picture}. Lo que se encuentra ahí cuenta como falso positivo.",
        },
        "evaluation_other_settings": {
            "en": "The folder {folder} holds an evaluation with another checkpoint or other "
            "settings. Please choose another output folder.",
            "es": "La carpeta {folder} contiene una evaluación con otro modelo u otros ajustes. "
            "Elija otra carpeta de salida.",
        },
        "evaluation_picture": {
            "en": "{problem} The picture is {name}, and an evaluation needs all of them.",
            "es": "{problem} La imagen es {name}, y una evaluación las necesita todas.",
        },
        "evaluation_results_twice": {
            "en": "The results have two pictures {name}, so it isn't clear which is meant. Please "
            "segment the folder of the pictures alone.",
            "es": "Los resultados contienen dos imágenes {name}, y no está claro cuál se "
            "entiende. Segmente solo la carpeta de las imágenes.",
        },
        "evaluation_sizes": {
            "en": "The picture {name} has {size} pixels and its ground truth {mask} has "
            "{mask_size}; no EXIF orientation makes them fit. Please get both from the same "
            "source.",
            "es": "La imagen {name} tiene {size} píxeles y sus datos de referencia {mask} tienen "
            "{mask_size}; ninguna orientación EXIF los hace coincidir. Consiga ambos de la misma "
            "fuente.",
        },
        "evaluation_truth_only": {
            "en": "Categories of the ground truth that the checkpoint does not know: {count} "
            "({names}). Their segments count as missed.",
            "es": "Categorías de los datos de referencia que el modelo no conoce: {count} "
            "({names}). Sus segmentos cuentan como omitidos.",
        },
        "evaluation_unreadable": {
            "en": "The file {name} can't be read: {reason}. Please check the path and that "
            "reading it is allowed.",
            "es": "No se puede leer el archivo {name}: {reason}. Revise la ruta y que esté "
            "permitido leerlo.",
        },
        "export_too_fine": {
            "en": "This result is cut into too many small parts to be outlined. Please take a "
            "format of pixels, such as COCO panoptic's PNG, or merge the parts.",
            "es": "Este resultado está cortado en demasiadas partes pequeñas para trazar sus "
            "contornos. Elija un formato de píxeles, como el PNG de COCO panóptico, o una las "
            "partes.",
        },
        "files_full": {
            "en": "Too many uploaded files are kept at the moment. They are deleted in time: "
            "please try again in ten minutes.",
            "es": "Ahora se guardan demasiados archivos subidos. Se borran con el tiempo: "
            "inténtelo de nuevo en diez minutos.",
        },
        "gpu_aborted": {
            "en": "Hugging Face ended the work on its GPU before it was done. What was done before "
            "is still there. Please try again, with less detail if it happens twice.",
            "es": "Hugging Face terminó el trabajo en su GPU antes de que acabara. Lo que ya "
            "estaba hecho sigue ahí. Inténtelo de nuevo, con menos detalle si vuelve a ocurrir.",
        },
        "gpu_app_quota": {
            "en": "This request came without an account, and the app's own time on the GPU is used "
            "up. Please open the app on huggingface.co and log in; a program sends its token, from "
            "https://huggingface.co/settings/tokens.",
            "es": "Esta solicitud llegó sin cuenta, y el tiempo de GPU de la propia aplicación "
            "está agotado. Abra la aplicación en huggingface.co e inicie sesión; un programa envía "
            "su token, de https://huggingface.co/settings/tokens.",
        },
        "gpu_busy": {
            "en": "No GPU of Hugging Face is free at the moment. Please try again in a minute.",
            "es": "Ahora mismo no hay ninguna GPU libre en Hugging Face. Inténtelo de nuevo dentro "
            "de un minuto.",
        },
        "gpu_duration": {
            "en": "This needs the GPU for longer than Hugging Face lends it to you. With Hugging "
            "Face Pro it is lent for longer: https://huggingface.co/subscribe/pro.",
            "es": "Esto necesita la GPU más tiempo del que Hugging Face se la presta. Con Hugging "
            "Face Pro se presta más tiempo: https://huggingface.co/subscribe/pro.",
        },
        "gpu_often": {
            "en": "You have asked Hugging Face for its GPU too often or too much at once. Please "
            "wait until the rest is done, and try again later.",
            "es": "Ha pedido la GPU de Hugging Face demasiadas veces o demasiado a la vez. Espere "
            "a que termine lo demás e inténtelo más tarde.",
        },
        "gpu_quota": {
            "en": "Your time on Hugging Face's GPU is used up: this asks for {asked} s, and {left} "
            "s are left. Please try again in {wait} (hours:minutes:seconds). More time: {link}.",
            "es": "Su tiempo en la GPU de Hugging Face está agotado: esto pide {asked} s y quedan "
            "{left} s. Inténtelo de nuevo dentro de {wait} (horas:minutos:segundos). Más tiempo: "
            "{link}.",
        },
        "gpu_unavailable": {
            "en": "The GPU of Hugging Face can't be reached at the moment. Please try again in "
            "some minutes. How Hugging Face is doing: https://status.huggingface.co.",
            "es": "Ahora mismo no se puede acceder a la GPU de Hugging Face. Inténtelo de nuevo "
            "dentro de unos minutos. Estado de Hugging Face: https://status.huggingface.co.",
        },
        "host_unknown": {
            "en": "The app does not answer to this name. Whoever runs it can allow it with --hosts "
            "(DETR_HOSTS).",
            "es": "La aplicación no responde a este nombre. Quien la administra puede permitirlo "
            "con --hosts (DETR_HOSTS).",
        },
        "image_address": {
            "en": "The app can't fetch this address. Please download the picture and send the "
            "file.",
            "es": "La aplicación no puede obtener esta dirección. Descargue la imagen y envíe el "
            "archivo.",
        },
        "image_array_shape": {
            "en": "An array of shape {shape} is not a picture. Pass height x width, or height x "
            "width x 1, 3 or 4 (grey, RGB, RGBA).",
            "es": "Un arreglo de forma {shape} no es una imagen. Use alto x ancho, o alto x ancho "
            "x 1, 3 o 4 (gris, RGB, RGBA).",
        },
        "image_array_type": {
            "en": "An array of type {dtype} can't be read as a picture. Pass uint8, uint16, bool, "
            "or floats from 0 to 1.",
            "es": "Un arreglo de tipo {dtype} no se puede leer como imagen. Use uint8, uint16, "
            "bool o decimales de 0 a 1.",
        },
        "image_array_values": {
            "en": "Some values of the array are not numbers from 0 to 1. Scale them to 0 to 1, or "
            "pass uint8 from 0 to 255.",
            "es": "Algunos valores del arreglo no son números de 0 a 1. Escálelos de 0 a 1, o use "
            "uint8 de 0 a 255.",
        },
        "image_damaged": {
            "en": "This {format} picture is damaged, incomplete or of a rare kind. Please save it "
            "again as JPEG or PNG, or choose another one.",
            "es": "Esta imagen {format} está dañada, incompleta o es de un tipo poco común. "
            "Guárdela de nuevo como JPEG o PNG, o elija otra.",
        },
        "image_directory": {
            "en": "This is a folder, not a picture. Please choose one picture file.",
            "es": "Esto es una carpeta, no una imagen. Elija un archivo de imagen.",
        },
        "image_empty": {
            "en": "This file is empty. Please save or download the picture again.",
            "es": "Este archivo está vacío. Guarde o descargue la imagen de nuevo.",
        },
        "image_forgotten": {
            "en": "The picture on show is no longer kept: the app was started anew, or very many "
            "visitors came since. Please add it again.",
            "es": "La imagen que se ve ya no se conserva: la aplicación se ha reiniciado o han "
            "llegado muchas visitas desde entonces. Añádala de nuevo.",
        },
        "image_live": {
            "en": "Frames of the live camera are not kept. Please take a snapshot to question it "
            "or to take it home.",
            "es": "Los fotogramas de la cámara en vivo no se guardan. Tome una foto para "
            "consultarla o llevársela.",
        },
        "image_memory": {
            "en": "There is not enough memory to open this picture. Please make it smaller and "
            "try again.",
            "es": "No hay memoria suficiente para abrir esta imagen. Redúzcala e inténtelo de "
            "nuevo.",
        },
        "image_missing": {
            "en": "This file can't be found. Please check its name, or add the picture again.",
            "es": "No se encuentra este archivo. Revise su nombre o añada la imagen de nuevo.",
        },
        "image_none": {
            "en": "There is no picture yet. Please add one first.",
            "es": "Todavía no hay ninguna imagen. Añada una primero.",
        },
        "image_not_a_file": {
            "en": "This is not an ordinary file. Please choose one picture file.",
            "es": "Esto no es un archivo corriente. Elija un archivo de imagen.",
        },
        "image_not_a_picture": {
            "en": "This file is not a picture that can be read here. Please use a JPEG, PNG, WebP, "
            "GIF, BMP, TIFF, AVIF or HEIC file.",
            "es": "Este archivo no es una imagen que se pueda leer aquí. Use un archivo JPEG, PNG, "
            "WebP, GIF, BMP, TIFF, AVIF o HEIC.",
        },
        "image_raw": {
            "en": "This is the raw file of a camera, which is not a finished picture yet. Please "
            "export it as JPEG or PNG.",
            "es": "Este es el archivo RAW de una cámara, que todavía no es una imagen terminada. "
            "Expórtelo como JPEG o PNG.",
        },
        "image_sound": {
            "en": "This is a sound recording, not a picture. Please choose a JPEG, PNG, WebP, "
            "GIF, BMP, TIFF, AVIF or HEIC file.",
            "es": "Esto es una grabación de sonido, no una imagen. Elija un archivo JPEG, PNG, "
            "WebP, GIF, BMP, TIFF, AVIF o HEIC.",
        },
        "image_too_heavy": {
            "en": "This file is larger than {limit} MB, the most that is accepted. Please make the "
            "picture smaller or compress it more.",
            "es": "Este archivo supera {limit} MB, el máximo aceptado. Reduzca la imagen o "
            "comprímala más.",
        },
        "image_too_many_pixels": {
            "en": "This picture has more than {limit} megapixels, the most that is accepted. "
            "Please make it smaller.",
            "es": "Esta imagen tiene más de {limit} megapíxeles, el máximo aceptado. Redúzcala.",
        },
        "image_too_narrow": {
            "en": "This picture is {width} x {height} pixels: one side is more than {limit} times "
            "the other. Please crop it.",
            "es": "Esta imagen mide {width} x {height} píxeles: un lado supera {limit} veces el "
            "otro. Recórtela.",
        },
        "image_too_slow": {
            "en": "Opening this picture takes too long. Please save it again as JPEG or PNG, or "
            "choose another one.",
            "es": "Abrir esta imagen tarda demasiado. Guárdela de nuevo como JPEG o PNG, o elija "
            "otra.",
        },
        "image_too_small": {
            "en": "This picture is {width} x {height} pixels; each side needs at least {limit}. "
            "Please choose a larger one.",
            "es": "Esta imagen mide {width} x {height} píxeles; cada lado necesita al menos "
            "{limit}. Elija una más grande.",
        },
        "image_unreadable": {
            "en": "This file can't be opened. Please check that reading it is allowed, or add the "
            "picture again.",
            "es": "No se puede abrir este archivo. Compruebe que esté permitido leerlo, o añada "
            "la imagen de nuevo.",
        },
        "image_vector": {
            "en": "This is a vector drawing (SVG). Please export it as PNG or JPEG first.",
            "es": "Esto es un dibujo vectorial (SVG). Expórtelo primero como PNG o JPEG.",
        },
        "image_video": {
            "en": "This is a video, not a picture. Please open it in the tab Video, or take a "
            "picture out of it.",
            "es": "Esto es un video, no una imagen. Ábralo en la pestaña Video o extraiga de él "
            "una imagen.",
        },
        "image_wrong_type": {
            "en": "A picture can be a path, bytes, a PIL image or a NumPy array, not {type}.",
            "es": "Una imagen puede ser una ruta, bytes, una imagen PIL o un arreglo NumPy, no "
            "{type}.",
        },
        "limit_not_a_number": {
            "en": "The environment variable {variable} must be a number, but it is {value}. "
            "Correct it, or remove it to use {default}.",
            "es": "La variable de entorno {variable} debe ser un número, pero es {value}. "
            "Corríjala, o quítela para usar {default}.",
        },
        "limit_out_of_range": {
            "en": "The environment variable {variable} must be from {least} to {most}, but it is "
            "{value}. Correct it, or remove it to use {default}.",
            "es": "La variable de entorno {variable} debe estar entre {least} y {most}, pero es "
            "{value}. Corríjala, o quítela para usar {default}.",
        },
        "method_unknown": {
            "en": "There is no method {value}. Use one of: {methods}.",
            "es": "No existe el método {value}. Use uno de estos: {methods}.",
        },
        "network_memory": {
            "en": "There is not enough memory for detail {detail}. Please choose a smaller detail, "
            "or a smaller checkpoint.",
            "es": "No hay memoria suficiente para el detalle {detail}. Elija un detalle menor o un "
            "modelo más pequeño.",
        },
        "precision_exact": {
            "en": "Half precision is not faster here, or can't be had: all is computed exactly.",
            "es": "La precisión media no es más rápida aquí, o no se dispone de ella: todo se "
            "calcula con exactitud.",
        },
        "precision_unknown": {
            "en": "The precision is one of {known}, not {value}.",
            "es": "La precisión es una de {known}, no {value}.",
        },
        "replica_full": {
            "en": "Too many pictures wait for the network. Please try again in a minute.",
            "es": "Demasiadas imágenes esperan a la red. Inténtelo de nuevo en un minuto.",
        },
        "replica_lost": {
            "en": "The machine that was computing this picture has failed. Please try again.",
            "es": "La máquina que calculaba esta imagen falló. Inténtelo de nuevo.",
        },
        "request_unfit": {
            "en": "The app can't use this request. On its page, reload it and try again; in a "
            "program, compare the parameters with /gradio_api/info.",
            "es": "La aplicación no puede usar esta petición. En su página, recárguela e inténtelo "
            "de nuevo; en un programa, compare los parámetros con /gradio_api/info.",
        },
        "server_disk": {
            "en": "The server can't write files at the moment: its disk is full or read-only. "
            "Please try again later, or tell whoever runs it.",
            "es": "El servidor no puede escribir archivos ahora: su disco está lleno o es de solo "
            "lectura. Inténtelo más tarde o avise a quien lo administra.",
        },
        "setting_address": {
            "en": "The app can't listen on {place}: {reason}. Please choose another --port or "
            "--host (DETR_PORT, DETR_HOST).",
            "es": "La aplicación no puede escuchar en {place}: {reason}. Elija otro --port o "
            "--host (DETR_PORT, DETR_HOST).",
        },
        "setting_auth": {
            "en": "Write --auth (or DETR_AUTH) as name:password, several separated by commas.",
            "es": "Escriba --auth (o DETR_AUTH) como nombre:contraseña; si son varios, separados "
            "por comas.",
        },
        "setting_engine": {
            "en": "The engine is {known}, or is left out, not {value}. Please correct --engine "
            "(DETR_ENGINE).",
            "es": "El motor es {known}, o no se indica, no {value}. Corrija --engine "
            "(DETR_ENGINE).",
        },
        "setting_file_missing": {
            "en": "The setting {name} names a file that is not there: {value}. Please check it.",
            "es": "El ajuste {name} nombra un archivo que no existe: {value}. Revíselo.",
        },
        "setting_files": {
            "en": "The app can't keep files in {place}: {reason}. Please name another folder with "
            "{variable}.",
            "es": "La aplicación no puede guardar archivos en {place}: {reason}. Indique otra "
            "carpeta con {variable}.",
        },
        "setting_frame_ancestors": {
            "en": "Write the sites that may show the app in a frame as in 'self' "
            "https://example.org, separated by single spaces, not {value}.",
            "es": "Escriba los sitios que pueden mostrar la aplicación en un marco como en 'self' "
            "https://example.org, separados por un espacio, no {value}.",
        },
        "setting_hosts": {
            "en": "Write --hosts (or DETR_HOSTS) as names separated by commas, such as "
            "detr.example.org, not {value}.",
            "es": "Escriba --hosts (o DETR_HOSTS) como nombres separados por comas, por ejemplo "
            "detr.example.org, no {value}.",
        },
        "setting_log_level": {
            "en": "The log's level is one of {known}, not {value}. Please correct --log-level "
            "(DETR_LOG_LEVEL).",
            "es": "El nivel del registro es uno de {known}, no {value}. Corrija --log-level "
            "(DETR_LOG_LEVEL).",
        },
        "setting_mcp": {
            "en": "The MCP tools need a package that is not installed yet. Please run "
            'pip install "gradio[mcp]" in the same environment, or start without --mcp (DETR_MCP).',
            "es": "Las herramientas MCP necesitan un paquete que todavía no está instalado. "
            'Ejecute pip install "gradio[mcp]" en el mismo entorno, o arranque sin --mcp '
            "(DETR_MCP).",
        },
        "setting_mcp_auth": {
            "en": "The MCP tools can't be served behind a password: Gradio's MCP server has no way "
            "to pass it on. Please leave out --mcp (DETR_MCP) or --auth (DETR_AUTH).",
            "es": "Las herramientas MCP no se pueden servir con contraseña: el servidor MCP de "
            "Gradio no sabe transmitirla. Omita --mcp (DETR_MCP) o --auth (DETR_AUTH).",
        },
        "setting_metrics": {
            "en": "Figures for Prometheus need a package that is not installed yet. Please run "
            "pip install prometheus-client in the same environment, or start without --metrics "
            "(DETR_METRICS).",
            "es": "Las cifras para Prometheus necesitan un paquete que todavía no está instalado. "
            "Ejecute pip install prometheus-client en el mismo entorno, o inicie sin --metrics "
            "(DETR_METRICS).",
        },
        "setting_port": {
            "en": "A port is a whole number from 1 to 65535, not {value}.",
            "es": "Un puerto es un número entero de 1 a 65535, no {value}.",
        },
        "setting_precision": {
            "en": "The precision is one of {known}, not {value}. Please correct --precision "
            "(DETR_PRECISION).",
            "es": "La precisión es una de {known}, no {value}. Corrija --precision "
            "(DETR_PRECISION).",
        },
        "setting_ray": {
            "en": "Replicas need packages that are not installed yet. Please run "
            'pip install "detr-gradio[scale]" in the same environment, or start without --engine '
            "(DETR_ENGINE).",
            "es": "Las réplicas necesitan paquetes que todavía no están instalados. Ejecute "
            'pip install "detr-gradio[scale]" en el mismo entorno, o inicie sin --engine '
            "(DETR_ENGINE).",
        },
        "setting_replicas": {
            "en": "The most replicas are a whole number from 1 on, not {value}.",
            "es": "El máximo de réplicas es un número entero de 1 en adelante, no {value}.",
        },
        "setting_root_path": {
            "en": "Write the path under which a reverse proxy serves the app as /detr, not {value} "
            "(--root-path, DETR_ROOT_PATH).",
            "es": "Escriba la ruta en la que un proxy inverso sirve la aplicación como /detr, no "
            "{value} (--root-path, DETR_ROOT_PATH).",
        },
        "setting_switch": {
            "en": "The environment variable {variable} is a switch: use on or off, not {value}.",
            "es": "La variable de entorno {variable} es un interruptor: use on u off, no {value}.",
        },
        "setting_tls_files": {
            "en": "The TLS certificate and its key can't be used. They must be readable PEM files "
            "that belong together, and the key must have no password.",
            "es": "No se pueden usar el certificado TLS y su clave. Deben ser archivos PEM "
            "legibles que vayan juntos, y la clave no debe tener contraseña.",
        },
        "setting_tls_pair": {
            "en": "TLS needs both files: the certificate (--ssl-certfile) and its key "
            "(--ssl-keyfile).",
            "es": "TLS necesita los dos archivos: el certificado (--ssl-certfile) y su clave "
            "(--ssl-keyfile).",
        },
        "threshold_out_of_range": {
            "en": "The threshold must be a number from {least} to 1, not {value}.",
            "es": "El umbral debe ser un número de {least} a 1, no {value}.",
        },
        "train_diverged": {
            "en": "At step {step} the loss was no number any more. Please begin anew with a lower "
            "--learning-rate.",
            "es": "En el paso {step} la pérdida dejó de ser un número. Empiece de nuevo con un "
            "--learning-rate menor.",
        },
        "train_done": {
            "en": "The checkpoint is in {folder}. There was no part val to measure it on.",
            "es": "El modelo está en {folder}. No había una parte val para medirlo.",
        },
        "train_done_pq": {
            "en": "The checkpoint is in {folder}; PQ on the validation pictures: {pq}.",
            "es": "El modelo está en {folder}; PQ en las imágenes de validación: {pq}.",
        },
        "train_finished": {
            "en": "The training in {folder} is finished already. Please name another output "
            "folder for another one.",
            "es": "El entrenamiento de {folder} ya ha terminado. Indique otra carpeta de salida "
            "para otro.",
        },
        "train_in_use": {
            "en": "Another training is at work in {folder}. Please wait for its end, or name "
            "another output folder.",
            "es": "Otro entrenamiento está en marcha en {folder}. Espere a que termine o indique "
            "otra carpeta de salida.",
        },
        "train_memory": {
            "en": "The memory is too short for {batch} pictures at once. Please choose a smaller "
            "--batch or less --detail.",
            "es": "La memoria no basta para {batch} imágenes a la vez. Elija un --batch menor o "
            "menos --detail.",
        },
        "train_no_split": {
            "en": "{name} has no part to train on. Please call its file panoptic_train.json.",
            "es": "{name} no contiene una parte para entrenar. Llame a su archivo "
            "panoptic_train.json.",
        },
        "train_other_settings": {
            "en": "The training in {folder} was begun with other settings, other data or another "
            "checkpoint. Please repeat the command as it was, or name another output folder.",
            "es": "El entrenamiento de {folder} se empezó con otras opciones, otros datos u otro "
            "modelo. Repita la orden tal como era o indique otra carpeta de salida.",
        },
        "train_output_taken": {
            "en": "{folder} has other files in it. Please name an empty output folder.",
            "es": "{folder} contiene otros archivos. Indique una carpeta de salida vacía.",
        },
        "train_spoiled": {
            "en": "What {folder} keeps of the training can't be read. Please name another output "
            "folder, or delete that one to begin anew.",
            "es": "Lo que {folder} guarda del entrenamiento no se puede leer. Indique otra "
            "carpeta de salida o borre esa para empezar de nuevo.",
        },
        "verify_picture": {
            "en": "COCO's photograph could not be fetched from {address} ({reason}). Please check "
            "the connection and try again.",
            "es": "No se pudo obtener la fotografía de COCO de {address} ({reason}). Compruebe la "
            "conexión e inténtelo de nuevo.",
        },
        "video_damaged": {
            "en": "The video is damaged or breaks off at {seconds} s; what could be read is kept.",
            "es": "El video está dañado o se corta a los {seconds} s; se conserva lo que se pudo "
            "leer.",
        },
        "video_ended": {
            "en": "The video can't be read beyond {seconds} s: the decoder failed there. What was "
            "done is kept. Please export the video again, as an MP4 with H.264.",
            "es": "El video no se puede leer más allá de {seconds} s: ahí falló el decodificador. "
            "Lo hecho se conserva. Exporte el video de nuevo, como MP4 con H.264.",
        },
        "video_limited": {
            "en": "The result ends early: a video may have {frames} frames and take {minutes} "
            "minutes. Please choose a shorter part, or segment fewer frames.",
            "es": "El resultado acaba antes: un video puede tener {frames} fotogramas y tardar "
            "{minutes} minutos. Elija una parte más corta o segmente menos fotogramas.",
        },
        "video_missing": {
            "en": "There is no video yet. Please add one first.",
            "es": "Todavía no hay ningún video. Añada uno primero.",
        },
        "video_mute": {
            "en": "The sound of this video is of a kind that can't be read here: the result has "
            "none.",
            "es": "El sonido de este video es de un tipo que no se puede leer aquí: el resultado "
            "no lo lleva.",
        },
        "video_no_frames": {
            "en": "No frame of this part of the video can be read. Please choose another start and "
            "end, or export the video again.",
            "es": "No se puede leer ningún fotograma de esta parte del video. Elija otro inicio y "
            "otro final, o exporte el video de nuevo.",
        },
        "video_no_picture": {
            "en": "This file holds no moving picture. Please choose an MP4, MOV, AVI or WebM "
            "video.",
            "es": "Este archivo no contiene imágenes en movimiento. Elija un video MP4, MOV, AVI o "
            "WebM.",
        },
        "video_span": {
            "en": "The end must come after the start, and the start before the end of the video.",
            "es": "El final debe venir después del inicio, y el inicio antes de que acabe el "
            "video.",
        },
        "video_too_heavy": {
            "en": "This video is larger than {limit} MB, the most that is accepted. Please cut or "
            "compress it.",
            "es": "Este video supera {limit} MB, el máximo aceptado. Recórtelo o comprímalo.",
        },
        "video_too_long": {
            "en": "This part of the video takes {seconds} seconds; at most {limit} are segmented "
            "at once. Please choose a start and an end closer together.",
            "es": "Esta parte del video dura {seconds} segundos; se segmentan como máximo {limit} "
            "a la vez. Elija un inicio y un final más próximos.",
        },
        "video_too_many_frames": {
            "en": "This part of the video has {frames} frames; at most {limit} are accepted. "
            "Please choose a shorter part.",
            "es": "Esta parte del video tiene {frames} fotogramas; se aceptan como máximo {limit}. "
            "Elija una parte más corta.",
        },
        "video_too_many_pixels": {
            "en": "The frames of this video are {width} x {height} pixels; at most {limit} "
            "megapixels are accepted. Please export it smaller.",
            "es": "Los fotogramas de este video miden {width} x {height} píxeles; se aceptan como "
            "máximo {limit} megapíxeles. Expórtelo más pequeño.",
        },
        "video_unreadable": {
            "en": "This file is damaged or is not a video that can be read here. Please use an "
            "MP4, MOV, AVI or WebM file.",
            "es": "Este archivo está dañado o no es un video que se pueda leer aquí. Use un "
            "archivo MP4, MOV, AVI o WebM.",
        },
    }
)


def message(key: str, language: str = "en", **values: object) -> str:
    """Return a sentence of the catalogue.

    Args:
        key: one of ``MESSAGES``.
        language: "en" or "es", also as a locale such as "es-MX"; any other one gives English.
        **values: what the sentence's placeholders stand for.

    Raises:
        KeyError: no such sentence, or a placeholder without a value.
    """
    sentences = MESSAGES[key]
    primary = language.replace("_", "-").split("-")[0].lower()
    return sentences.get(primary, sentences["en"]).format(**values)


class UserError(Exception):
    """A problem that a person can do something about, told in their language.

    No ``ValueError``: a lost network and too little memory are such problems too.

    ``str(error)`` is the English sentence. Subclasses say which subsystem it comes from.

    Attributes:
        key: the sentence in ``MESSAGES``; a stable code for programs.
        values: what the sentence's placeholders stand for; another such error is told within it.
    """

    # Only the key goes to Exception's args: an error must survive pickling between processes,
    # which rebuilds it from args and then restores the attributes.
    def __init__(self, key: str, **values: object):
        super().__init__(key)
        self.key = key
        self.values = values

    def message(self, language: str = "en") -> str:
        """Return the sentence in a language, as ``messages.message`` does."""
        values = {
            name: value.message(language) if isinstance(value, UserError) else value
            for name, value in self.values.items()
        }
        return message(self.key, language, **values)

    def __str__(self) -> str:
        return self.message()
