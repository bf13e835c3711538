// Listens in a page: the level of what the microphone takes in, and of what comes in from the line, every 128 samples.
//
// window.tpEars.take() gives what came since the last time: {spoken, heard}, each a list of
// [when it was told (ms since 1970), first sample, levels].
(() => {
  if (window.tpEars) return;
  const EAR = `registerProcessor("tp-ear", class extends AudioWorkletProcessor {
    constructor() { super(); this.levels = []; this.first = 0; }
    process([[pcm]]) {
      let sum = 0;
      if (pcm) for (const one of pcm) sum += one * one;
      if (!this.levels.length) this.first = currentFrame;
      this.levels.push(Math.sqrt(sum / 128));
      if (this.levels.length === 16) { this.port.postMessage([this.first, this.levels]); this.levels = []; }
      return true;
    }
  });`;
  let taken = { spoken: [], heard: [] }, ready = null;
  const context = () => (ready ??= (async () => {
    const one = new AudioContext({ sampleRate: 48000 });
    await one.audioWorklet.addModule(URL.createObjectURL(new Blob([EAR], { type: "text/javascript" })));
    return one;
  })());
  const listen = async (name, stream) => {
    const here = await context();
    const source = here.createMediaStreamSource(stream), ear = new AudioWorkletNode(here, "tp-ear");
    ear.port.onmessage = ({ data: [first, levels] }) =>
      taken[name].push([performance.timeOrigin + performance.now(), first, levels]);
    source.connect(ear).connect(here.destination); // it gives out nothing, but is asked for it
    await here.resume();
  };
  window.tpEars = { take: () => { const all = taken; taken = { spoken: [], heard: [] }; return all; }, at: 0 };

  const microphone = navigator.mediaDevices?.getUserMedia.bind(navigator.mediaDevices);
  if (!microphone) return;
  navigator.mediaDevices.getUserMedia = async (wanted) => {
    if (window.tpInStep) {
      const [since, period] = window.tpInStep, late = (performance.timeOrigin + performance.now() - since) % period;
      await new Promise((done) => setTimeout(done, period - late));
    }
    const stream = await microphone(wanted);
    window.tpEars.at = performance.timeOrigin + performance.now();
    listen("spoken", stream);
    return stream;
  };
  window.RTCPeerConnection = class extends RTCPeerConnection {
    constructor(...all) {
      super(...all);
      this.addEventListener("track", ({ track }) => listen("heard", new MediaStream([track])));
    }
  };
})();
