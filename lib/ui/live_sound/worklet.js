// What sounds, in the browser's own audio thread: a block of 8 ms at a time. `Sounding` plays, `Tape` takes down what is heard.

import { HOP, SILENT, Voice } from "./ddsp.js";
import { Hand } from "./hand.js";

const TELL = 6, PIECE = 4000;       // blocks between two messages to the page; frames of one from the tape

class Sounding extends AudioWorkletProcessor {
  constructor({ processorOptions: { weights } }) {
    super();
    this.voice = new Voice(weights);
    this.hand = new Hand(this.voice);
    this.blocks = 0;
    this.peak = 0;
    this.port.onmessage = ({ data }) => this.told(data);
  }

  told(data) {
    const { hand } = this;
    if (data.press) hand.press(...data.press);
    if (data.release !== undefined) hand.release(data.release);
    if (data.lead !== undefined) hand.lead(data.lead);
    if (data.silence) hand.silence();
    if (data.octaves !== undefined) hand.octaves = data.octaves;
    if (data.vibrato !== undefined) hand.vibrato = data.vibrato;
    if (data.breath !== undefined) this.voice.breath = data.breath;
    if (data.echo !== undefined) this.echo = data.echo;                      // said back once it sounds
    if (data.ear !== undefined) {       // from the microphone, past the page; null once it is closed
      this.ear?.close();
      this.ear = data.ear;
      hand.lead(null);
      if (data.ear) data.ear.onmessage = event => hand.lead(event.data);
    }
  }

  process(_, [[out]]) {
    const { hertz, loudness } = this.hand.block(out);
    if (this.echo !== undefined) { this.port.postMessage({ echo: this.echo }); this.echo = undefined; }
    for (let at = 0; at < HOP; at++) this.peak = Math.max(this.peak, Math.abs(out[at]));
    if (++this.blocks % TELL === 0) {
      this.port.postMessage({ hertz, sounds: loudness > SILENT + 20, peak: this.peak, blocks: this.blocks });
      this.peak = 0;
    }
    return true;
  }
}

class Tape extends AudioWorkletProcessor {
  constructor() {
    super();
    this.turns = false;
    this.held = [];
    this.port.onmessage = ({ data }) => {
      if (this.turns && !data.turns) this.send(true);
      this.turns = data.turns;
    };
  }

  send(last) {
    const piece = Float32Array.from(this.held);
    this.held = [];
    this.port.postMessage({ piece, last }, [piece.buffer]);
  }

  process([[heard]]) {
    if (this.turns) {
      for (let at = 0; at < HOP; at++) this.held.push(heard ? heard[at] : 0);
      if (this.held.length >= PIECE) this.send(false);
    }
    return true;
  }
}

registerProcessor("sounding", Sounding);
registerProcessor("tape", Tape);
