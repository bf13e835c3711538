// A browser's line to the platform: microphone in, sound out, keys; it comes back by itself after a lost network.
//
//   const phone = new Softphone({ onState: ({ state, detail, level, heard }) => ... });
//   phone.connect();  phone.mute(true);  phone.press("5");  phone.close();
//
// state   connecting | connected | lost | denied | replaced | failed | ended
// detail  denied: not_allowed, no_microphone, in_use, insecure; failed and ended: the line's or the server's reason
// level   the microphone, 0 to 1, ten times a second; heard: what comes in
//
// An agent's line (keep: true) is tried again for ever, and resumed after the page was loaded anew; a caller's ends.

const WAIT_MS = 8000; // for each step of connecting
const SILENT_MS = 6000; // the line says something every two seconds
const SHAKY_MS = 1500; // a connection that recovers within this was not lost
const RETRY_MS = [0, 300, 1000, 2000, 3000];
const LAST_SOUND_MS = 400; // what is still in the browser's buffer when the line says goodbye
const STORE = "tetraphone-line";
const GIVE_UP = new Set(["not_logged_in", "forbidden", "not_open"]);

const after = (ms, result) => new Promise((done) => setTimeout(done, ms, result));
const within = (promise, ms, what) =>
  Promise.race([promise, after(ms).then(() => { throw new Error(what); })]);

export class Softphone {
  #onState; #ticketUrl; #csrf; #body; #keep; #deviceId;
  #state = ""; #detail = "";
  #stream = null; #muted = false;
  #ws = null; #pc = null; #channel = null; #secret = "";
  #audio = new Audio(); #meters = null; #meterTimer = null;
  #over = false; #running = false; #loop = null; #wake = () => {};
  #door = null; #keptMs = 0; #lostAt = 0; #ever = false;

  constructor({
    onState = () => {}, ticketUrl = "/api/softphone/ticket", csrf = "", body = {}, keep = true, deviceId = "",
  } = {}) {
    this.#onState = onState;
    this.#ticketUrl = ticketUrl;
    this.#csrf = csrf || document.querySelector('meta[name="csrf-token"]')?.content || "";
    this.#body = body;
    this.#keep = keep;
    this.#deviceId = deviceId;
    this.#audio.autoplay = true;
    window.addEventListener("online", () => this.#wake());
    window.addEventListener("pagehide", () => { if (!this.#keep) this.close(); });
  }

  // --- what the page does ---

  async connect() {
    if (this.#running) return;
    this.#running = true;
    await this.#loop;
    this.#loop = this.#run();
    await this.#loop;
  }

  mute(on) {
    this.#muted = Boolean(on);
    for (const track of this.#stream?.getAudioTracks() ?? []) track.enabled = !this.#muted;
  }

  press(key) {
    if (this.#channel?.readyState === "open") this.#channel.send(key);
  }

  // The microphones there are; their names are known once one was allowed.
  static async microphones() {
    const all = (await navigator.mediaDevices?.enumerateDevices()) ?? [];
    return all.filter((one) => one.kind === "audioinput").map(({ deviceId, label }) => ({ deviceId, label }));
  }

  async useMicrophone(deviceId) {
    this.#deviceId = deviceId;
    if (!this.#stream) return;
    const fresh = await this.#microphone(deviceId);
    const sender = this.#pc?.getSenders().find((one) => one.track?.kind === "audio");
    await sender?.replaceTrack(fresh.getAudioTracks()[0]);
    for (const track of this.#stream.getTracks()) track.stop();
    this.#stream = fresh;
    this.mute(this.#muted);
    this.#startMeters();
  }

  close() {
    this.#say({ type: "bye" });
    this.#end("ended", "hung_up");
  }

  // --- one connection after the other ---

  async #run() {
    this.#over = this.#ever = false;
    this.#lostAt = 0;
    this.#secret = this.#keep ? sessionStorage.getItem(STORE) ?? "" : "";
    this.#tell("connecting");
    try {
      this.#stream = await this.#microphone(this.#deviceId);
    } catch (error) {
      this.#end("denied", REFUSALS[error.name] ?? "in_use");
      return;
    }
    this.#startMeters();
    for (let tries = 0; !this.#over; tries += 1) {
      await this.#pause(RETRY_MS[Math.min(tries, RETRY_MS.length - 1)]);
      if (this.#over) return;
      try {
        await this.#session(() => { tries = 0; });
      } catch (error) {
        console.info("softphone:", error.message);
        if (this.#over) return;
        if (GIVE_UP.has(error.message)) this.#end("failed", error.message);
        else if (this.#keep || tries < 2 || (this.#secret && this.#mayStillBeKept())) this.#tell(this.#ever ? "lost" : "connecting", error.message);
        else if (this.#ever) this.#end("ended", "stream_lost");
        else this.#end("failed", error.message);
      }
    }
  }

  #mayStillBeKept() {
    return this.#lostAt && performance.now() - this.#lostAt < this.#keptMs + SILENT_MS;
  }

  async #session(connected) {
    const hello = this.#secret ? { resume: this.#secret } : { ticket: "" };
    if (!this.#secret || !this.#door) this.#door = await this.#ticket();
    if (!this.#secret) hello.ticket = this.#door.ticket;
    const inbox = new Inbox(this.#door.url);
    try {
      await within(inbox.opened, WAIT_MS, "no_answer");
      this.#ws = inbox.ws;
      this.#say({ type: "hello", ...hello });
      const welcome = await within(inbox.next(), WAIT_MS, "no_answer");
      if (welcome.type === "closed") throw new Error("no_answer");
      if (welcome.type !== "welcome") { this.#bye(welcome); return; }
      this.#secret = welcome.resume;
      this.#keptMs = welcome.keep_s * 1000;
      if (this.#keep) sessionStorage.setItem(STORE, this.#secret);
      const pc = await this.#call(inbox, this.#door.ice_servers);
      connected();
      this.#lostAt = 0;
      this.#ever = true;
      this.#tell("connected");
      await this.#stay(inbox, pc);
    } finally {
      inbox.close();
      if (this.#ws === inbox.ws) this.#ws = null;
    }
  }

  async #ticket() {
    const answer = await within(fetch(this.#ticketUrl, {
      method: "POST",
      headers: { "content-type": "application/json", ...(this.#csrf && { "x-csrf-token": this.#csrf }) },
      body: JSON.stringify(this.#body),
    }), WAIT_MS, "no_answer");
    const fields = await answer.json().catch(() => ({}));
    if (!answer.ok) throw new Error(fields.error?.code ?? "no_answer");
    return fields;
  }

  // A new connection; the one before goes on sounding until this one does.
  async #call(inbox, iceServers) {
    const pc = new RTCPeerConnection({ iceServers, bundlePolicy: "max-bundle" });
    try {
      const channel = pc.createDataChannel("keys");
      pc.addTrack(this.#stream.getAudioTracks()[0], this.#stream);
      const heard = new Promise((done) => { pc.ontrack = ({ track }) => done(new MediaStream([track])); });
      await pc.setLocalDescription(await pc.createOffer());
      await gathered(pc);
      this.#say({ type: "offer", sdp: pc.localDescription.sdp });
      const answer = await within(inbox.next("answer", "refused", "bye"), WAIT_MS + 4000, "no_answer");
      if (answer.type !== "answer") throw new Error(answer.reason);
      await pc.setRemoteDescription({ type: "answer", sdp: answer.sdp });
      await within(connectedTo(pc), WAIT_MS, "no_connection");
      this.#pc?.close();
      this.#pc = pc;
      this.#channel = channel;
      this.#listenTo(await heard);
      return pc;
    } catch (error) {
      pc.close();
      throw error;
    }
  }

  // Until the connection is lost, or the line says goodbye.
  async #stay(inbox, pc) {
    const broken = new Promise((done) => {
      let timer = null;
      pc.onconnectionstatechange = pc.oniceconnectionstatechange = () => {
        const bad = ["disconnected", "failed", "closed"].includes(pc.connectionState);
        if (!bad) { clearTimeout(timer); timer = null; }
        else if (pc.connectionState !== "disconnected") done("network");
        else timer ??= setTimeout(done, SHAKY_MS, "network");
      };
    });
    for (;;) {
      const news = await Promise.race([inbox.next(), broken, after(SILENT_MS, "network")]);
      if (this.#over) return;
      if (news === "network" || news.type === "closed") {
        this.#lostAt ||= performance.now();
        this.#tell("lost", "network");
        return;
      }
      if (news.type === "bye") { await after(LAST_SOUND_MS); this.#bye(news); return; }
    }
  }

  #bye({ reason, number = "" }) {
    const had = this.#secret;
    this.#forget();
    if (this.#over) return;
    if (reason === "replaced") this.#end("replaced", reason);
    else if (!this.#keep) this.#end("ended", had && reason === "nothing_to_resume" ? "stream_lost" : reason, number);
    else if (reason !== "nothing_to_resume") this.#tell("lost", reason); // the agent's line is opened anew
  }

  // --- sound ---

  async #microphone(deviceId) {
    if (!navigator.mediaDevices) throw Object.assign(new Error("no microphone here"), { name: "SecurityError" });
    const audio = { echoCancellation: true, noiseSuppression: true, autoGainControl: true, channelCount: 1 };
    if (deviceId) audio.deviceId = { exact: deviceId };
    const stream = await navigator.mediaDevices.getUserMedia({ audio });
    // Unplugged: go on with what the system has left.
    stream.getAudioTracks()[0].onended = () => this.useMicrophone("").catch(() => this.#end("denied", "no_microphone"));
    return stream;
  }

  #listenTo(stream) {
    this.#audio.srcObject = stream;
    // A browser that wants a click before there is sound gets it with the next one.
    this.#audio.play().catch(() => document.addEventListener("click", () => this.#audio.play(), { once: true }));
    this.#startMeters();
  }

  #startMeters() {
    const context = (this.#meters?.context ?? new AudioContext());
    for (const node of this.#meters?.nodes ?? []) node.disconnect();
    const meter = (stream) => {
      if (!stream) return null;
      const source = context.createMediaStreamSource(stream), analyser = context.createAnalyser();
      analyser.fftSize = 1024;
      source.connect(analyser);
      return { source, analyser, samples: new Float32Array(1024) };
    };
    const spoken = meter(this.#stream), heard = meter(this.#audio.srcObject);
    this.#meters = { context, spoken, heard, nodes: [spoken?.source, heard?.source].filter(Boolean) };
    context.resume();
    this.#meterTimer ??= setInterval(() => this.#tell(this.#state, this.#detail), 100);
  }

  #level(meter) {
    if (!meter) return 0;
    meter.analyser.getFloatTimeDomainData(meter.samples);
    return Math.sqrt(meter.samples.reduce((sum, one) => sum + one * one, 0) / meter.samples.length);
  }

  // --- inside ---

  #tell(state, detail = "", number = "") {
    this.#state = state;
    this.#detail = detail;
    const level = this.#muted ? 0 : this.#level(this.#meters?.spoken);
    this.#onState({ state, detail, level, heard: this.#level(this.#meters?.heard), number });
  }

  #say(message) {
    if (this.#ws?.readyState === WebSocket.OPEN) this.#ws.send(JSON.stringify(message));
  }

  #forget() {
    this.#secret = "";
    if (this.#keep) sessionStorage.removeItem(STORE);
  }

  async #pause(ms) {
    await Promise.race([after(ms), new Promise((done) => { this.#wake = done; })]);
  }

  #end(state, detail, number = "") {
    if (this.#over && !this.#running) return;
    this.#over = true;
    this.#running = false;
    this.#wake();
    clearInterval(this.#meterTimer);
    this.#meterTimer = null;
    this.#forget();
    this.#pc?.close();
    this.#ws?.close();
    for (const track of this.#stream?.getTracks() ?? []) track.stop();
    this.#meters?.context.close();
    this.#pc = this.#channel = this.#stream = this.#meters = null;
    this.#audio.srcObject = null;
    this.#tell(state, detail, number);
  }
}

const REFUSALS = {
  NotAllowedError: "not_allowed", NotFoundError: "no_microphone", OverconstrainedError: "no_microphone",
  NotReadableError: "in_use", SecurityError: "insecure",
};

// Messages of one WebSocket, each given out once; the last is {type: "closed"}.
class Inbox {
  #waiting = []; #asking = [];

  constructor(url) {
    this.ws = new WebSocket(url);
    this.opened = new Promise((done, failed) => {
      this.ws.onopen = done;
      this.ws.onerror = () => failed(new Error("no_answer"));
    });
    this.ws.onmessage = ({ data }) => this.#put(JSON.parse(data));
    this.ws.onclose = () => this.#put({ type: "closed", reason: "network" });
  }

  // The next message, of one of the kinds where kinds are named; others are passed over then.
  next(...kinds) {
    return new Promise((done) => {
      this.#asking.push({ done, kinds });
      this.#serve();
    });
  }

  close() {
    this.ws.close();
  }

  #put(message) {
    this.#waiting.push(message);
    this.#serve();
  }

  #serve() {
    while (this.#asking.length && this.#waiting.length) {
      const { done, kinds } = this.#asking[0];
      const message = this.#waiting.shift();
      if (kinds.length && !kinds.includes(message.type) && message.type !== "closed") continue;
      this.#asking.shift();
      done(message);
    }
  }
}

const gathered = (pc) => Promise.race([
  after(2000),
  new Promise((done) => {
    const look = () => pc.iceGatheringState === "complete" && done();
    pc.onicegatheringstatechange = look;
    look();
  }),
]);

const connectedTo = (pc) => new Promise((done, failed) => {
  pc.onconnectionstatechange = () => {
    if (pc.connectionState === "connected") done();
    else if (["failed", "closed"].includes(pc.connectionState)) failed(new Error("no_connection"));
  };
});
