// Corrections before their tools are there: these come with the first value that is to be corrected.

export class CorrectionStart {
  // `send(file)` uploads a file and returns a promise of { path }.
  constructor(viewer, root, send) {
    Object.assign(this, { viewer, root, send, isOn: false });
    this.button = root.querySelector("[data-do=correct]");
    this.strokes = { paints: false };
    this.sender = { sent: async () => {}, answered() {} };
  }

  get isCorrected() {
    return Boolean(this.viewer.value?.request?.correction);
  }

  // The server is asked for what is needed.
  toggle() {
    this.button.setAttribute("aria-busy", "true");
    this.viewer.tell("correction_start", {});
  }

  onValue(value) {
    const { viewer, root, send } = this;
    this.syncButton();
    if (!value.correct) return;
    const Correcting = new Function(value.correct.tools)();
    viewer.correcting = new Correcting(viewer, root, send);
    viewer.correcting.onValue(value);
  }

  // Here, since Gradio looks in this script for the events that there are.
  tellChange(path, done) {
    this.viewer.tell("correction_change", { path, done });
  }

  // What was made may go.
  giveUp() {
    const { viewer } = this;
    viewer.value = { ...viewer.value, request: { ...viewer.value.request, correction: "" } };
    viewer.restore();
  }

  syncButton() {
    this.button.hidden = !this.viewer.value?.actions.includes("correct");
    this.button.setAttribute("aria-pressed", String(this.isOn));
    this.button.removeAttribute("aria-busy");
  }
}
