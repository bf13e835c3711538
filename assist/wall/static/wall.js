// The wallboard in the browser: puts the parts that changed into their places, counts times on, sends what is done.
"use strict";
(() => {
  const AGAIN_MS = 2000;
  const SHOWN_MS = 4000;
  const ready = (then) => {
    const root = document.getElementById("wall");
    if (root) then(root);
    else setTimeout(ready, 50, then);
  };

  ready((root) => {
    const config = JSON.parse(root.dataset.config);
    const places = new Map([...root.querySelectorAll("[data-part]")].map((e) => [e.dataset.part, e]));
    const lists = new Map([...root.querySelectorAll("[data-list]")].map((e) => [e.dataset.list, e]));
    const entries = new Map([...lists.keys()].map((name) => [name, new Map()]));
    const said = document.getElementById("wall-said");
    const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");

    // --- what is new ---
    let ahead = 0; // the distributor's clock minus this browser's, in seconds
    const made = (html) => {
      const template = document.createElement("template");
      template.innerHTML = html;
      return template.content.firstElementChild;
    };
    // A keyboard user keeps their place when what they stand on is drawn anew.
    const kept = (old, change) => {
      const focused = old.contains(document.activeElement) ? document.activeElement : null;
      const same = focused && `[data-do="${focused.dataset.do}"][data-of="${CSS.escape(focused.dataset.of ?? "")}"]` +
        (focused.dataset.manner ? `[data-manner="${focused.dataset.manner}"]` : "");
      const now = change();
      const there = same && (now.matches?.(same) ? now : now.querySelector(same));
      const seen = there?.hidden ? there.parentElement.querySelector("button:not([hidden])") : there;
      if (focused?.dataset.do) seen?.focus({ preventScroll: true });
      return now;
    };
    const placed = (list, element) => {
      const after = [...list.children].find((one) => one !== element && one.dataset.order > element.dataset.order);
      if (element.nextElementSibling !== (after ?? null) || element.parentElement !== list) list.insertBefore(element, after ?? null);
    };
    const entry = (name, key, html) => {
      const known = entries.get(name), list = lists.get(name), old = known.get(key);
      if (html === null) { old?.remove(); known.delete(key); return; }
      let element = made(html);
      mine(element);
      if (old) element = kept(old, () => { old.replaceWith(element); return element; });
      known.set(key, element);
      placed(list, element);
      if (name === "alerts" && !old && !element.classList.contains("wall-calm")) announce(element.dataset.say);
    };
    const announce = (text) => {
      const region = document.getElementById("wall-announce");
      region.append(Object.assign(document.createElement("p"), { textContent: text }));
      while (region.childElementCount > 5) region.firstElementChild.remove();
    };
    // Which manner is this supervisor's own; a call whose agent they are they can only hang up here.
    const mine = (element) => {
      const controls = element.querySelector("[data-monitors]");
      if (!controls) return;
      const now = controls.dataset.monitors.split(" ").map((one) => one.split("=")).find(([user]) => user === config.user);
      const end = controls.querySelector("[data-do=hang-up]"), own = end?.dataset.agent === config.user;
      if (end) end.hidden = !own;
      for (const button of controls.querySelectorAll("[data-manner]")) {
        const stops = button.dataset.manner === "stop";
        button.hidden = own || (stops && !now);
        if (!stops) button.setAttribute("aria-pressed", String(now?.[1] === button.dataset.manner));
      }
    };
    const apply = (frame) => {
      ahead = frame.now - Date.now() / 1000;
      if (frame.reset) {
        for (const [name, known] of entries) {
          for (const key of [...known.keys()]) if (!(`${name}/${key}` in frame.parts)) entry(name, key, null);
        }
      }
      for (const [name, html] of Object.entries(frame.parts)) {
        const slash = name.indexOf("/");
        if (slash > 0) entry(name.slice(0, slash), name.slice(slash + 1), html);
        else if (places.has(name)) {
          const place = places.get(name);
          const opened = place.querySelector("details")?.open;
          kept(place, () => { place.innerHTML = html ?? ""; return place; });
          if (opened) place.querySelector("details").open = true;
        }
      }
      for (const note of root.querySelectorAll("[data-empty-of]")) note.hidden = entries.get(note.dataset.emptyOf).size > 0;
      tick();
      root.dataset.live = "true";
    };
    // A browser gives up on a stream that is answered with an error, as by a process that is just starting.
    const follow = () => {
      const source = new EventSource(`${config.api}/stream?language=${config.language}`);
      source.onmessage = (message) => { apply(JSON.parse(message.data)); if (said.dataset.why === "behind") say("", ""); };
      source.onerror = () => {
        root.dataset.live = "false";
        say(config.say.behind, "behind");
        if (source.readyState === EventSource.CLOSED) setTimeout(follow, AGAIN_MS);
      };
    };
    setTimeout(follow);

    // --- times ---
    const two = (number) => String(number).padStart(2, "0");
    const duration = (seconds) => {
      const whole = Math.max(0, Math.floor(seconds)), hours = Math.floor(whole / 3600), minutes = Math.floor(whole / 60) % 60;
      return hours ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
    };
    const tick = () => {
      const now = Date.now() / 1000 + ahead;
      for (const element of root.querySelectorAll(".wall-tick")) {
        const until = element.dataset.until;
        const text = until ? duration(Math.ceil(Number(until) - now)) : duration(now - Number(element.dataset.since));
        if (element.textContent !== text) element.textContent = text;
      }
    };
    setInterval(tick, 500);

    // --- what is done ---
    let fading = null;
    const say = (text, why) => {
      clearTimeout(fading);
      said.textContent = text;
      said.dataset.why = why;
      if (why === "done") fading = setTimeout(say, SHOWN_MS, "", "");
    };
    const call = async (method, path, body) => {
      let answer;
      try {
        answer = await fetch(`${config.api}${path}?language=${config.language}`, {
          method,
          headers: { "content-type": "application/json", "x-csrf-token": config.csrf },
          body: body === undefined ? undefined : JSON.stringify(body),
        });
      } catch (error) {
        console.info("not sent:", error);
        throw new Error(config.say.away);
      }
      if (answer.status === 401) location.href = `/login?next=${encodeURIComponent(location.pathname)}`;
      const data = await answer.json();
      if (answer.ok) return data;
      const known = { no_right_to_monitor: "no_right", plan_changed: "plan_changed", line_away: "away" }[data.error.code];
      throw new Error(known ? config.say[known] : fill(config.say.not_done, { why: data.error.message }));
    };
    const attempt = async (work, done) => {
      try { await work(); say(done, "done"); } catch (error) { say(error.message, "failed"); }
    };
    const monitor = async ({ dataset: { of, manner } }) => {
      if (!config.mayMonitor) { say(config.say.no_right, "failed"); return; }
      await attempt(async () => {
        if (manner !== "stop") await headsetOn();
        await call("POST", `/calls/${encodeURIComponent(of)}/monitor`, { manner });
      }, config.say.done);
    };
    // Pressed twice, as at the agent's desk.
    const SURE_MS = 3000;
    const hangUp = async (button) => {
      const { of, sure } = button.dataset;
      if (sure) { await attempt(() => call("POST", `/calls/${encodeURIComponent(of)}/hang-up`), config.say.done); return; }
      const shown = (text, label, next) => {
        button.textContent = text;
        button.setAttribute("aria-label", label);
        button.dataset.sure = next;
      };
      setTimeout(shown, SURE_MS, button.textContent, button.getAttribute("aria-label"), "");
      shown(config.say.hang_up_sure, config.say.hang_up_sure, "yes");
      say(config.say.hang_up_sure, "done");
    };
    const acts = {
      monitor,
      "hang-up": hangUp,
      "take-up": (button) => attempt(() => call("POST", `/complaints/${encodeURIComponent(button.dataset.of)}/take-up`), config.say.done),
      acknowledge: (button) => attempt(() => call("POST", `/alerts/${encodeURIComponent(button.dataset.of)}/acknowledge`), config.say.done),
      queue: (button) => open("queue", button),
      agent: (button) => open("agent", button),
    };
    root.addEventListener("click", (event) => {
      const button = event.target.closest("[data-do]");
      if (button) acts[button.dataset.do](button);
      else if (event.target.closest("[data-close]")) event.target.closest("dialog").close();
    });

    // --- the supervisor's sound: opened by its button, or with the first call that is listened to ---
    const headset = document.getElementById("wall-headset");
    const HEADSET_S = 10;
    let phone = null, heard = "off", waiting = [];
    const headsetState = ({ state }) => {
      const now = ["connecting", "connected", "lost"].includes(state) ? state : "off";
      if (now === heard && now !== "off") return;
      heard = now;
      headset.textContent = config.say[`headset_${now}`];
      headset.setAttribute("aria-pressed", String(now === "connected"));
      if (now === "off") phone = null;
      if (now === "off" || now === "connected") waiting.splice(0).forEach((done) => done());
    };
    const headsetOn = async () => {
      if (heard === "connected") return;
      const settled = new Promise((done) => { waiting.push(done); setTimeout(done, HEADSET_S * 1000); });
      if (!phone) {
        try {
          const { Softphone } = await import(config.softphone);
          phone = new Softphone({ onState: headsetState, csrf: config.csrf });
          phone.connect();
        } catch (error) {
          console.info("no headset:", error);
          throw new Error(config.say.headset_needed);
        }
      }
      await settled;
      if (heard !== "connected") throw new Error(config.say.headset_needed);
    };
    headset?.addEventListener("click", () => {
      if (phone) { phone.close(); return; }
      attempt(headsetOn, config.say.headset_connected);
    });

    // --- forms ---
    const forms = { queue: document.getElementById("wall-queue"), agent: document.getElementById("wall-agent") };
    const PERCENT = ["service_level", "abandonment"];
    const open = async (kind, button) => {
      const dialog = forms[kind], form = dialog.querySelector("form"), of = button.dataset.of;
      let data;
      try { data = await call("GET", `/${kind}s/${encodeURIComponent(of)}`); } catch (error) { say(error.message, "failed"); return; }
      dialog.querySelector("h2").textContent = button.getAttribute("aria-label");
      trouble(dialog, "");
      form.reset();
      if (kind === "queue") fillQueue(form, data); else fillAgent(form, data);
      form.onsubmit = async (event) => {
        event.preventDefault();
        try {
          await call("PUT", `/${kind}s/${encodeURIComponent(of)}`, kind === "queue" ? queueOf(form, data) : agentOf(form));
          dialog.close();
          say(config.say.saved, "done");
        } catch (error) { trouble(dialog, error.message); }
      };
      dialog.onclose = () => {
        const again = root.querySelector(`[data-do="${kind}"][data-of="${CSS.escape(of)}"]`);
        again?.focus();
      };
      dialog.showModal();
    };
    const trouble = (dialog, text) => {
      const line = dialog.querySelector("[role=alert]");
      line.textContent = text;
      line.hidden = !text;
    };
    const fillQueue = (form, data) => {
      form.priority.value = data.priority;
      for (const [name, value] of Object.entries(data.alerts)) {
        form[name].value = value === null ? "" : PERCENT.includes(name) ? Math.round(value * 1000) / 10 : value;
      }
    };
    const queueOf = (form, data) => {
      const alerts = {};
      for (const name of Object.keys(data.alerts)) {
        const text = form[name].value;
        alerts[name] = text === "" ? null : PERCENT.includes(name) ? Number((text / 100).toFixed(4)) : Number(text);
      }
      return { version: data.version, priority: Number(form.priority.value), alerts };
    };
    const level = (kind, name, label, value) => {
      const row = document.createElement("label");
      const input = Object.assign(document.createElement("input"), { type: "number", min: 0, max: config.most, step: 1, value });
      input.dataset[kind] = name;
      row.append(label, input);
      return row;
    };
    const fillAgent = (form, data) => {
      form.querySelector("[data-levels=languages]").replaceChildren(
        ...Object.entries(config.languages).map(([code, name]) => level("language", code, name, data.languages[code] ?? 0)));
      form.querySelector("[data-levels=skills]").replaceChildren(
        ...data.known_skills.map((name) => level("skill", name, name, data.skills[name] ?? 0)));
    };
    const agentOf = (form) => {
      const levels = (kind) => Object.fromEntries([...form.querySelectorAll(`[data-${kind}]`)]
        .map((input) => [input.dataset[kind], Number(input.value)]).filter(([, value]) => value > 0));
      const skills = levels("skill"), another = form.another.value.trim();
      if (another) skills[another] = 3;
      return { languages: levels("language"), skills };
    };

    // --- for a screen on the wall: the figures alone, large ---
    const room = document.getElementById("wall-room");
    const show = (on) => {
      room.setAttribute("aria-pressed", String(on));
      document.body.classList.toggle("wall-room", on);
      history.replaceState(null, "", on ? "#room" : location.pathname);
    };
    room.addEventListener("click", () => show(room.getAttribute("aria-pressed") !== "true"));
    if (location.hash === "#room") show(true);
  });
})();
