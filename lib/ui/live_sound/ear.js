// A microphone leads the voice: heard in an audio thread of its own, at whatever rate the microphone has. Every 8 ms it says what to sing.

import { HOP } from "./ddsp.js";
import { Follower } from "./follower.js";
import { Ear, Slower, WINDOW } from "./pitch.js";

const TELL = 5;     // moments between two messages to the page

class Hearing extends AudioWorkletProcessor {
  constructor({ processorOptions: { own } }) {
    super();
    this.slower = new Slower(sampleRate);
    this.ear = new Ear();
    this.follower = new Follower(own);
    this.window = new Float32Array(WINDOW);
    this.fresh = 0;
    this.moments = 0;
    this.port.onmessage = ({ data }) => { if (data.to) this.to = data.to; };
  }

  process([[heard]]) {
    if (!heard) return true;
    for (const frame of this.slower.take(heard)) {
      this.window.copyWithin(0, 1);
      this.window[WINDOW - 1] = frame;
      if (++this.fresh === HOP) {
        this.fresh = 0;
        this.moment();
      }
    }
    return true;
  }

  moment() {
    const heard = this.ear.hear(this.window), lead = this.follower.follow(heard);
    this.to?.postMessage(lead);
    if (++this.moments % TELL === 0) this.port.postMessage({ ...heard, sings: !!lead?.sings });
  }
}

registerProcessor("hearing", Hearing);
