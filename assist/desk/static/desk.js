// The few things of the agent's page that belong in the browser: shortcuts, clocks, the typed line, the ring.
"use strict";
(() => {
  const script = document.currentScript;
  const LOST = {
    en: ["Connection lost.", "Trying to reconnect…"],
    zh: ["连接已断开。", "正在重新连接…"],
    ja: ["接続が切れました。", "再接続しています…"],
    ko: ["연결이 끊어졌습니다.", "다시 연결하는 중…"],
  };
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

  window.tp = {
    value: (name) => named(name)?.value ?? "",
    set: (name, text) => when(name, (element) => { element.value = text; }),
    focus: (name) => when(name, (element) => element.focus()),
    take: (name, emit) => {
      const box = named(name);
      const text = box.value.trim();
      if (text) { emit(text); box.value = ""; }
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
      box.focus();
      box.setSelectionRange(box.value.length, box.value.length);
    },
    giveBack: (name, text) => when(name, (box) => { box.value = text + (box.value ? " " + box.value : ""); }),
    ring: (title) => {
      clearInterval(ringTimer);
      ringTimer = null;
      document.title = plainTitle();
      if (!title) return;
      document.title = `● ${title} – ${plainTitle()}`;
      beep();
      ringTimer = setInterval(beep, 2500);
    },
    leave: () => { location.href = "/login"; },
  };

  // --- shortcuts: whatever carries data-shortcut is pressed (or, a text box, focused) ---
  const shortcutOf = (event) => {
    if (event.ctrlKey && !event.altKey && event.key === "Enter") return "Ctrl+Enter";
    if (!event.altKey || event.ctrlKey || event.metaKey) return "";
    const match = /^(?:Key([A-Z])|Digit([0-9]))$/.exec(event.code);
    return match ? `Alt+${match[1] ?? match[2]}` : "";
  };
  document.addEventListener("keydown", (event) => {
    const shortcut = shortcutOf(event);
    if (!shortcut) return;
    const target = [...document.querySelectorAll(`[data-shortcut="${shortcut}"]`)].find(visible);
    if (!target) return;
    event.preventDefault();
    if (target.tagName === "TEXTAREA") target.focus();
    else target.click();
  });

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
    const [lost, again] = LOST[script.dataset.lang];
    const popup = document.querySelectorAll("#popup span");
    if (popup.length > 1 && popup[0].textContent !== lost) { popup[0].textContent = lost; popup[1].textContent = again; }
    tick();
  };
  window.addEventListener("load", () => {
    new MutationObserver(changed).observe(document.body, { childList: true, subtree: true });
    setInterval(tick, 250);
    changed();
  });
})();
