// What was played, as a file to hear, to save and to keep. Read `wav` and `openTape`.

import { RATE } from "./ddsp.js";

const AGAIN = 5000;     // ms until the workbench is asked again

// A WAV of 16 bit, one channel. Quieter as a whole where it would be cut off.
export function wav(pieces) {
  const count = pieces.reduce((sum, piece) => sum + piece.length, 0), view = new DataView(new ArrayBuffer(44 + 2 * count));
  const word = (at, letters) => [...letters].forEach((letter, place) => view.setUint8(at + place, letter.charCodeAt(0)));
  word(0, "RIFF"); view.setUint32(4, 36 + 2 * count, true); word(8, "WAVEfmt "); view.setUint32(16, 16, true); view.setUint16(20, 1, true); view.setUint16(22, 1, true);
  view.setUint32(24, RATE, true); view.setUint32(28, 2 * RATE, true); view.setUint16(32, 2, true); view.setUint16(34, 16, true); word(36, "data"); view.setUint32(40, 2 * count, true);
  let top = 1, at = 44;
  for (const piece of pieces) for (const frame of piece) top = Math.max(top, Math.abs(frame));
  for (const piece of pieces) for (const frame of piece) { view.setInt16(at, Math.round(frame / top * 32767), true); at += 2; }
  return new Blob([view.buffer], { type: "audio/wav" });
}

// node: the tape's AudioWorkletNode. done(blob, seconds) once it stands still.
export function openTape(node, { longest, done }) {
  let pieces = [], frames = 0, turns = false;
  const tape = {
    get turns() { return turns; },
    get seconds() { return frames / RATE; },
    begin() { pieces = []; frames = 0; turns = true; node.port.postMessage({ turns }); },
    end() { turns = false; node.port.postMessage({ turns }); },
  };
  node.port.onmessage = ({ data: { piece, last } }) => {
    pieces.push(piece);
    frames += piece.length;
    if (last) done(wav(pieces), frames / RATE);
    else if (frames > longest * RATE && turns) tape.end();
  };
  return tape;
}

// Sends a take until it is answered; the token lets the workbench know again what it has already. say(words)
export async function keep(address, blob, about, say) {
  const words = JSON.stringify({ token: [...crypto.getRandomValues(new Uint8Array(16))].map(byte => byte.toString(16).padStart(2, "0")).join(""), ...about }) + "\n";
  for (;;) {
    try {
      const answered = await fetch(address, { method: "POST", headers: { "X-Handmade": "1" }, body: new Blob([words, blob]) });
      if (answered.status >= 500 || answered.status === 429) throw new Error("later");
      return await answered.json();
    } catch {
      say("It could not be kept: the workbench does not answer. It is tried again by itself; leave this page open.");
      await new Promise(go_on => setTimeout(go_on, AGAIN));
    }
  }
}
