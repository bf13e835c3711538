// The few things of the agent's page that belong in the browser: shortcuts, clocks, the typed line, the ring.
"use strict";
(() => {
  const script = document.currentScript;
  const LOST = JSON.parse(script.dataset.lost);
  document.documentElement.lang = script.dataset.lang;

  const named = (name) => document.querySelector(`[data-name="${name}"]`);
  const visible = (element) => element.offsetParent !== null;

  // --- what the server asks for, once the elements it speaks of are there ---
  const when = (name, then, tries = 20) => {
    const element = named(name);
    if (element) then(element);
    else if (tries > 0) setTimeout(() => when(name, then, tries - 1), 50);
  };

  let ringTimer = null;
  const plainTitle = () => document.title.replace(/^● .* – /, "");
  const beep = () => {
    try {
      const audio = (beep.audio ??= new AudioContext());
      for (const [at, pitch] of [[0, 660], [0.18, 880]]) {
        const tone = audio.createOscillator(), volume = audio.createGain();
        tone.frequency.value = pitch;
        volume.gain.setValueAtTime(0.08, audio.currentTime + at);
        volume.gain.exponentialRampToValueAtTime(0.001, audio.currentTime + at + 0.16);
        tone.connect(volume).connect(audio.destination);
        tone.start(audio.currentTime + at);
        tone.stop(audio.currentTime + at + 0.17);
      }
    } catch (error) {
      console.info("no sound for the incoming call:", error);
    }
  };

  // --- what is written, kept in this browser until it is saved ---
  const DRAFT = "tetraphone-draft:", KEPT_MS = 24 * 3600 * 1000;
  const stored = (work) => { try { return work(); } catch { return null; } };  // storage may be full or forbidden
  const draftOf = (key) => stored(() => JSON.parse(localStorage.getItem(DRAFT + key))?.text ?? null);
  const drafts = () => stored(() => Object.keys(localStorage).filter((key) => key.startsWith(DRAFT))) ?? [];
  for (const key of drafts()) {
    const at = stored(() => JSON.parse(localStorage.getItem(key)).at) ?? 0;
    if (Date.now() - at > KEPT_MS) localStorage.removeItem(key);
  }
  const keepDraft = (key, text) =>
    stored(() => localStorage.setItem(DRAFT + key, JSON.stringify({ text, at: Date.now() })));
  const written = (box) => {
    const key = box.dataset?.draft;
    if (key) keepDraft(key, box.value);
  };
  document.addEventListener("input", (event) => written(event.target));

  // --- the sound of the agent: a module of its own, if there is one ---
  let softphone = null, wanted = false;
  const phone = () => named("softphone");
  const phoneState = ({ state, detail, level }) => {
    const strip = phone();
    if (!strip) return;
    const now = `${state}_${detail ?? ""}`;
    if (state && strip.dataset.now !== now) {
      strip.dataset.now = now;
      strip.dataset.state = state;
      const words = JSON.parse(strip.dataset.words);
      strip.querySelector(".phone-state").textContent = words[now] ?? words[state] ?? state;
      strip.querySelector(".phone-again").hidden = !["denied", "failed", "replaced", "ended"].includes(state);
    }
    if (level !== undefined) strip.querySelector(".phone-level").value = level;
  };
  const startSound = async () => {
    const address = phone()?.dataset.module;
    if (!address || softphone) return;
    try {
      const { Softphone } = await import(address);
      if (!wanted || softphone) return;
      softphone = new Softphone({ onState: phoneState });
      await softphone.connect();
    } catch (error) {
      console.info("no sound:", error);
      phoneState({ state: "failed", detail: String(error) });
    }
  };
  const endSound = () => {
    softphone?.close();
    softphone = null;
  };

  window.tp = {
    value: (name) => named(name)?.value ?? "",
    set: (name, text) => when(name, (element) => { element.value = text; }),
    focus: (name) => when(name, (element) => element.focus()),
    take: (name, emit) => {
      const box = named(name);
      const text = box.value.trim();
      if (text) { emit(text); box.value = ""; written(box); }
      box.focus();
    },
    // Enter speaks the line; not while an input method composes a word, and not with Shift.
    enter: (event, emit) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
      event.preventDefault();
      tp.take(event.target.dataset.name, emit);
    },
    insert: (name, text) => {
      const box = named(name);
      if (!box) return;
      const before = box.value.trimEnd();
      box.value = (before ? before + " " : "") + text;
      written(box);
      box.focus();
      box.setSelectionRange(box.value.length, box.value.length);
    },
    // A box that is kept as a draft: this browser's own words go before what the server knows.
    fill: (name, text) => when(name, (element) => {
      const own = draftOf(element.dataset.draft ?? "");
      element.value = own ?? text;
      if (own !== null && own !== text) element.dispatchEvent(new Event("input", { bubbles: true }));
    }),
    forget: (call) => {
      for (const key of drafts()) if (key.startsWith(`${DRAFT}${call}:`)) localStorage.removeItem(key);
    },
    entered: (event, emit) => {
      if (event.key !== "Enter" || event.isComposing || event.keyCode === 229) return;
      event.preventDefault();
      emit(event.target.value);
    },
    sound: (here) => {
      wanted = here;
      when("softphone", () => (here ? startSound() : (softphone && (endSound(), phoneState({ state: "replaced" })))));
    },
    mute: (on) => softphone?.mute(on),
    keys: () => named("keys").showModal(),
    closeKeys: () => named("keys").close(),
    // A line that could not be sent: into the box that keeps this draft, or to the draft itself while it is not shown.
    giveBack: (key, text) => {
      const box = document.querySelector(`[data-draft="${CSS.escape(key)}"]`);
      const begun = box?.value || draftOf(key);
      const all = begun ? `${text} ${begun}` : text;
      if (box) box.value = all;
      keepDraft(key, all);
    },
    ring: (title) => {
      clearInterval(ringTimer);
      ringTimer = null;
      document.title = plainTitle();
      if (!title) return;
      document.title = `● ${title} – ${plainTitle()}`;
      beep();
      ringTimer = setInterval(beep, 2500);
    },
    leave: () => {
      for (const key of drafts()) localStorage.removeItem(key);
      endSound();
      location.href = "/login";
    },
  };

  // --- shortcuts: whatever carries data-shortcut is pressed (or, a box, focused) ---
  const typing = (target) => target.matches?.("input, textarea, select, [contenteditable]");
  const shortcutOf = (event) => {
    if (event.ctrlKey && !event.altKey && event.key === "Enter") return "Ctrl+Enter";
    if (event.key === "?" && !event.ctrlKey && !event.altKey && !typing(event.target)) return "?";
    if (!event.altKey || event.ctrlKey || event.metaKey) return "";
    const match = /^(?:Key([A-Z])|Digit([0-9]))$/.exec(event.code);
    return match ? `Alt+${match[1] ?? match[2]}` : "";
  };
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      const close = [...document.querySelectorAll(".picker [data-escape]")].find(visible);
      if (close) { event.preventDefault(); close.click(); }
      return;
    }
    const shortcut = shortcutOf(event);
    if (!shortcut || document.querySelector("dialog[open]")) return;
    const target = [...document.querySelectorAll(`[data-shortcut="${shortcut}"]`)].find(visible);
    if (!target) return;
    event.preventDefault();
    if (!typing(target)) { target.click(); return; }
    target.focus();
    // Walking through a closed list would choose each entry on the way.
    if (target.tagName === "SELECT") try { target.showPicker(); } catch (error) { console.debug(error); }
  });

  // --- lists to choose from: what is typed narrows them, arrows walk through them ---
  const targets = (list) => [...list.querySelectorAll(".target")].filter(visible);
  document.addEventListener("input", (event) => {
    if (!event.target.dataset?.filter) return;
    const list = event.target.closest("[data-list]"), text = event.target.value.trim().toLowerCase();
    for (const target of list.querySelectorAll(".target[data-text]")) target.hidden = !target.dataset.text.includes(text);
    const dial = list.querySelector("[data-dial]");
    if (!dial) return;
    dial.hidden = !/^[+0-9][0-9\s().-]{2,}$/.test(text);
    dial.querySelector(".dialled").textContent = text;
  });
  document.addEventListener("keydown", (event) => {
    const list = event.target.closest?.("[data-list]");
    if (!list || event.isComposing) return;
    const all = targets(list), at = all.indexOf(event.target);
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      all[(at + (event.key === "ArrowDown" ? 1 : at < 0 ? 0 : -1) + all.length) % all.length]?.focus();
    } else if (event.key === "Enter" && event.target.dataset.filter && all.length === 1) {
      event.preventDefault();
      all[0].click();
    }
  });

  // --- a part that is drawn anew keeps the focus that it had ---
  let held = "";
  document.addEventListener("focusin", (event) => {
    const { shortcut, name } = event.target.dataset ?? {};
    held = name ? `[data-name="${name}"]` : shortcut ? `[data-shortcut="${shortcut}"]` : "";
  });
  const keepFocus = () => {
    if (!held || document.activeElement !== document.body) return;
    [...document.querySelectorAll(held)].find(visible)?.focus({ preventScroll: true });
  };

  // --- a button that wants to be pressed twice ---
  document.addEventListener("click", (event) => {
    const target = event.target.closest?.(".confirm");
    if (!target) return;
    if (target.classList.contains("armed")) return;
    event.stopImmediatePropagation();
    target.classList.add("armed");
    setTimeout(() => target.classList.remove("armed"), 3000);
  }, true);

  // --- settings of this browser: language and theme ---
  const keep = (name, value) => {
    document.cookie = `${name}=${encodeURIComponent(value)}; path=/; max-age=31536000; samesite=lax`;
  };
  document.addEventListener("change", (event) => {
    const name = event.target.dataset?.choice;
    if (!name) return;
    keep(name, event.target.value);
    location.reload();
  });
  document.addEventListener("click", (event) => {
    const target = event.target.closest?.("[data-cycle]");
    if (!target) return;
    const values = target.dataset.values.split(",");
    const next = values[(values.indexOf(target.dataset.now) + 1) % values.length];
    target.dataset.now = next;
    keep(target.dataset.cycle, next);
    document.querySelector(".desk").dataset.theme = next;
  });

  // --- clocks ---
  const text = (seconds) => {
    const whole = Math.max(0, Math.floor(seconds));
    const hours = Math.floor(whole / 3600), minutes = Math.floor(whole / 60) % 60;
    const tail = `${String(minutes).padStart(hours ? 2 : 1, "0")}:${String(whole % 60).padStart(2, "0")}`;
    return hours ? `${hours}:${tail}` : tail;
  };
  const started = new WeakMap();
  const tick = () => {
    for (const element of document.querySelectorAll(".tick")) {
      const base = element.dataset.base;
      let entry = started.get(element);
      if (!entry || entry.base !== base) {
        entry = { base, at: performance.now() };
        started.set(element, entry);
      }
      const passed = (performance.now() - entry.at) / 1000;
      const down = element.dataset.way === "down";
      const seconds = down ? Math.ceil(Number(base) - passed) : Number(base) + passed;
      const shown = text(seconds);
      if (element.textContent !== shown) element.textContent = shown;
      element.classList.toggle("short", down && seconds <= 5);
    }
  };

  // --- the transcript follows the talk unless the agent has scrolled up to read ---
  let follow = true;
  document.addEventListener("scroll", (event) => {
    const log = event.target;
    if (log.classList?.contains("transcript")) follow = log.scrollHeight - log.scrollTop - log.clientHeight < 60;
  }, true);
  let drawn = null;
  const changed = () => {
    const log = document.querySelector(".transcript");
    if (log !== drawn) { drawn = log; follow = true; }
    if (log && follow) log.scrollTop = log.scrollHeight;
    keepFocus();
    tick();
  };
  // --- the network: what is lost is said at once, and for how long ---
  const BACK_MS = 4000, LONG_S = 60;
  let lostAt = null, banner = null;
  const sayLost = () => {
    if (lostAt === null) return;
    const seconds = Math.floor((performance.now() - lostAt) / 1000);
    const [title, why] = banner.children;
    title.textContent = `${LOST.lost} · ${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
    const words = seconds < LONG_S ? LOST.lost_soon : LOST.lost_long;
    if (why.textContent !== words) why.textContent = words;
  };
  const lost = () => {
    if (lostAt !== null) return;
    lostAt = performance.now();
    banner?.remove();
    banner = document.createElement("div");
    banner.className = "net-lost";
    banner.setAttribute("role", "alert");
    banner.append(document.createElement("strong"), document.createElement("span"));
    document.querySelector(".desk").append(banner);
    sayLost();
  };
  const found = () => {
    if (lostAt === null) return;
    lostAt = null;
    const done = banner;
    done.classList.add("back");
    done.replaceChildren(LOST.back_again);
    setTimeout(() => done.remove(), BACK_MS);
  };
  const watchNetwork = () => {
    if (!window.socket?.on) { setTimeout(watchNetwork, 100); return; }
    window.socket.on("disconnect", lost);
    window.socket.on("connect", found);
    window.addEventListener("offline", lost);
    window.addEventListener("online", () => {
      if (window.socket.connected) found();
      else window.socket.disconnect().connect();  // at once, not when the next attempt is due
    });
    setInterval(sayLost, 500);
  };

  document.addEventListener("click", (event) => {
    if (!event.target.closest?.(".phone-again")) return;
    endSound();
    startSound();
  });

  window.addEventListener("load", () => {
    watchNetwork();
    new MutationObserver(changed).observe(document.body, { childList: true, subtree: true });
    setInterval(tick, 250);
    changed();
  });
})();
