// Beside the page: what sounds where on the plane, and where the bars lie that were learned from. Takes { weights, grid, reach, side, bars }.
//
// Says { row, places: [{ low, middle, high, key }] } for each row from the bottom, then { bars: [[x, y]] }. low: kick and low tom, middle: snare and the other
// toms, high: hats and cymbals, each in hits; key: the same for the same hits.

import { gridsOf } from "./groove.js";
import { openNetwork } from "./network.js";

const KIND = ["low", "middle", "high", "high", "low", "middle", "middle", "high", "high"];      // of each drum (lib/media/drums.py)

onmessage = ({ data: { weights, grid, reach, side, bars } }) => {
  const network = openNetwork(weights), step = n => -reach + 2 * reach * n / (side - 1);
  postMessage({ bars: bars.map(bar => network.place(...gridsOf(bar, grid))) });
  for (let row = 0; row < side; row++) {
    const places = [];
    for (let column = 0; column < side; column++) places.push(counted(network.at(step(column), step(row), 1).hit, grid));
    postMessage({ row, places });
  }
  postMessage({ done: true });
};

function counted(odds, { drums, places }) {
  const found = { low: 0, middle: 0, high: 0, key: 0 };
  for (let drum = 0; drum < drums; drum++) for (let place = 0; place < places; place++) {
    if (odds[drum * places + place] > 0) {
      found[KIND[drum]] += 1;
      found.key = (Math.imul(found.key, 31) + drum * places + place + 1) | 0;
    }
  }
  return found;
}
