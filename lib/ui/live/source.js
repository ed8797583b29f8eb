// What a model is given, made of the pixels of a picture, and whether that is of the sort it has learned from. Read `prepared` and `difference`.
//
// rgba: side × side pixels, 4 bytes each. how: "edges" draws them first, "lines" leaves two colours, "plain" takes them as they are.

import { edges } from "./edges.js";

export function prepared(rgba, side, how, wanted, grey) {
  if (how !== "edges" && how !== "lines" && !grey) return rgba;
  const drawn = how === "edges" ? edges(rgba, side, wanted) : null;
  for (let place = 0; place < side * side; place++) {
    const at = 4 * place, light = lightOf(rgba, at);
    rgba.fill(drawn ? drawn[place] : how === "lines" ? twoColours(light, wanted.black) : light, at, at + 3);
  }
  return rgba;
}

// A thin line on a slant covers a quarter of each pixel at least.
const twoColours = (light, black) => black ? (light > 60 ? 255 : 0) : light < 195 ? 0 : 255;

const lightOf = (rgba, at) => Math.round(0.299 * rgba[at] + 0.587 * rgba[at + 1] + 0.114 * rgba[at + 2]);

// As lib/steps/source_kind.py looks, with its figures: "tones", "ground", "shape", or "" where a source is of the right sort.
export function difference({ sort, ground }, rgba, side) {
  if (!sort) return "";
  const count = side * side, ink = new Uint8Array(count), paper = ground === "white" ? 255 : 0;
  let near = 0, inks = 0, flat = 0;
  for (let place = 0; place < count; place++) {
    const light = lightOf(rgba, 4 * place), far = Math.abs(light - paper);
    near += far < 64;
    flat += light < 64 || light > 191;
    inks += ink[place] = far > 128 ? 1 : 0;
  }
  if (sort === "figures") return near / count < 0.5 ? "ground" : "";
  if (flat / count < 0.85) return "tones";
  if (inks / count > 0.6) return "ground";
  if (inks / count < 0.01) return "";
  const share = inside(ink, side, Math.max(1, Math.round(2 * side / 128))) / inks;
  return (sort === "lines" ? share > 0.5 : share < 0.15) ? "shape" : "";
}

// How many pixels of ink have ink all around.
function inside(ink, side, reach) {
  const within = at => Math.min(side - 1, Math.max(0, at));
  const shrunk = (plane, dx, dy) => plane.map((one, place) => {
    if (!one) return 0;
    const x = place % side, y = (place - x) / side;
    for (let step = -reach; step <= reach; step++) if (!plane[within(y + dy * step) * side + within(x + dx * step)]) return 0;
    return 1;
  });
  return shrunk(shrunk(ink, 1, 0), 0, 1).reduce((sum, one) => sum + one, 0);
}
