// What stands around the picture: names of buttons, facts of the result, and notices.
import { make } from "./elements.js";
import { MIN_VOID } from "./legend.js";

// Tells, in place of a picture, what is the matter.
export function tellMessage(root, title, text) {
  root.querySelector(".message-title").textContent = title;
  root.querySelector(".message-text").textContent = text;
  root.querySelector("[data-do=lower_threshold]").hidden = true;
}

// Says that no segment is above the threshold, and offers a lower one where that would help.
export function tellNothing(root, facts, words) {
  const { threshold, lower_threshold: lower } = facts;
  const title = words.say("nothing", { threshold: words.percent(threshold) });
  tellMessage(root, title, words.say("nothing_explained"));
  if (lower === null) return;
  const button = root.querySelector("[data-do=lower_threshold]");
  button.textContent = words.say("lower_threshold", { threshold: words.percent(lower) });
  button.hidden = false;
}

// Puts words into all that stands in the template.
export function translate(root, words) {
  root.lang = words.language;
  const each = (name, write) => {
    for (const node of root.querySelectorAll(`[data-${name}]`)) write(node, words.say(node.dataset[name]));
  };
  each("text", (node, text) => (node.textContent = text));
  each("title", (node, text) => (node.title = text));
  each("placeholder", (node, text) => (node.placeholder = text));
  each("label", (node, text) => {
    node.setAttribute("aria-label", text);
    if (node.matches("button")) node.title = text;
  });
  root.querySelector(".stage").setAttribute("aria-label", `${words.say("stage")}. ${words.say("stage_help")}`);
}

// The checkpoint and the settings of a result, on one line.
export function madeWith({ facts }, words) {
  return [facts.checkpoint, inputOf(facts), thresholdOf(facts, words), ...methodOf(facts, words)].join(" · ");
}

const inputOf = ({ input_width: width, input_height: height }) => `${width} × ${height}`;
const thresholdOf = ({ threshold }, words) =>
  words.say("threshold_fact", { threshold: words.percent(threshold) });
const methodOf = ({ method }, words) => (method === "reference" ? [words.say("method_reference")] : []);

// Tells how the result came about.
export function tellFacts(root, { facts, segments }, words) {
  const count = segments.length;
  const items = [
    [facts.checkpoint, ""],
    ...(facts.seconds ? [[words.seconds(facts.seconds), "seconds_explained"]] : []),
    [inputOf(facts), "input_explained"],
    [thresholdOf(facts, words), "threshold_explained"],
    ...methodOf(facts, words).map((method) => [method, "method_explained"]),
    [words.say(count === 1 ? "segments_one" : "segments_many", { count }), ""],
  ];
  if (facts.void_fraction >= MIN_VOID) {
    items.push([words.say("void_fact", { share: words.share(facts.void_fraction) }), "void_explained"]);
  }
  root.querySelector(".facts").replaceChildren(
    ...items.map(([text, explained]) => {
      const item = make("span", "fact", text);
      if (explained) item.title = words.say(explained);
      return item;
    }),
  );
}
