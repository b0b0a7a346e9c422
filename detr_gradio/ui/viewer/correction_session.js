// A result that is being corrected: its map, its changes, and what the network had said.
import { replaceAll } from "./edits.js";
import { History } from "./history.js";
import { LabelMap } from "./label_map.js";
import { decodeIds } from "./segments.js";

const entryOf = ({ id, category, query, handMade }) => ({ id, category, query, handMade });

// What a result is made of, apart from its correction.
export const madeOf = ({ request }) => JSON.stringify({ ...request, correction: "" });

export class CorrectionSession {
  // Of a value with the part `correct`. What was corrected before is the first change; `said` says
  // so in the list.
  static async of(value, said) {
    const { network, now, categories, fingerprint } = value.correct;
    const [first, last] = await Promise.all([network, now].map((each) => each && decodeIds(each.ids)));
    const session = new CorrectionSession();
    const { width, height } = network.ids;
    session.map = new LabelMap(first, width, height, network.segments.map(entryOf));
    session.history = new History(session.map);
    session.network = new Map(network.segments.map((segment) => [segment.query, segment]));
    Object.assign(session, { categories, fingerprint, made: madeOf(value) });
    const change = now && replaceAll(session.map, last, now.segments.map(entryOf), "change_earlier");
    if (change) {
      change.about.said = said;
      session.history.add(change);
    }
    return session;
  }

  // Segments as the legend shows them, by rank.
  segments() {
    const { map, network, categories } = this;
    const pixels = map.width * map.height;
    return map.ranked().map((segment) => {
      const { name, is_thing: isThing, colors } = categories[segment.category];
      const said = network.get(segment.query);
      return {
        ...segment,
        name: isThing || segment.number > 1 ? `${name} ${segment.number}` : name,
        is_thing: isThing,
        hand_made: segment.handMade,
        score: said?.category === segment.category ? said.score : 1,
        area_fraction: segment.area / pixels,
        color: colors[(segment.number - 1) % colors.length],
        category_color: colors[0],
      };
    });
  }

  get voidFraction() {
    return this.map.areas[0] / (this.map.width * this.map.height);
  }
}
