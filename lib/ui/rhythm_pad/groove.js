// From grids to hits, and swing. As `bar_at` and `swung` of lib/models/rhythm_vae/generate.py and `hits_of` of its bars.py.

// [{ beat, drum, velocity }] by their time: what is likelier than `busy`, and the likeliest of all always. grid: { drums, places, beats }.
export function hitsOf({ hit, velocity, timing }, busy, { drums, places, beats }) {
  let likeliest = 0;
  const likely = Float64Array.from(hit, odds => 1 / (1 + Math.exp(-odds)));
  for (const value of likely) likeliest = Math.max(likeliest, value);
  const least = Math.min(busy, likeliest), hits = [], beat = beats / places;
  for (let drum = 0; drum < drums; drum++) for (let place = 0; place < places; place++) {
    const at = drum * places + place;
    if (likely[at] >= least) hits.push({ beat: (place + timing[at] / 2) * beat, drum, velocity: velocity[at] });
  }
  return hits.sort((a, b) => a.beat - b.beat || a.drum - b.drum);
}

// Every second sixteenth comes later, by all of a sixteenth where swing is 1; hits in between move along.
export function swung(beat, swing) {
  const eighth = Math.floor(beat * 2), pair = beat * 2 - eighth, middle = 0.5 + swing / 2;
  return (eighth + (pair < 0.5 ? pair / 0.5 * middle : middle + (pair - 0.5) / 0.5 * (1 - middle))) / 2;
}

// A bar that learned from: hits [drum, place, velocity, timing] -> the three grids.
export function gridsOf(bar, { drums, places }) {
  const grids = [0, 1, 2].map(() => new Float32Array(drums * places));
  for (const [drum, place, velocity, timing] of bar) [1, velocity, timing].forEach((value, n) => { grids[n][drum * places + place] = value; });
  return grids;
}
