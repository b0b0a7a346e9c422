// Runs before Gradio.
import { watchNames } from "./names.js";

watchNames(document, window.detr.language);
