// The callers' page: one button to call, what state the call is in, keys, microphone, levels.
import { Softphone } from "./softphone.js";

const words = JSON.parse(document.getElementById("phone-words").textContent);
const at = (id) => document.getElementById(id);
const root = document.querySelector(".phone");
const BUSY = ["connecting", "connected", "lost"];
// To a caller it is the same whether the connection or only their own sound did not come back.
const LIKE = { media_timeout: "stream_lost" };
let phone = null, began = 0, muted = false;

// Loudness as people feel it: -50 dB is nothing, full scale is all.
const felt = (level) => Math.max(0, Math.min(1, 1 + Math.log10(Math.max(level, 1e-6)) / 2.5));

const show = ({ state, detail, level, heard, number }) => {
  at("level").value = felt(level);
  at("heard").value = felt(heard);
  root.dataset.heard = heard.toFixed(4);
  root.dataset.level = level.toFixed(4);
  if (state === root.dataset.state && detail === root.dataset.detail) return;
  root.dataset.state = state;
  root.dataset.detail = detail;
  if (state === "connected" && !began) {
    began = performance.now();
    listMicrophones();
  }
  const said = words[`${state}_${LIKE[detail] ?? detail}`] ?? words[state] ?? words.ended;
  const wrong = state === "denied" || state === "failed";
  at("status").textContent = wrong ? words.idle : said;
  at("problem").hidden = !wrong;
  at("problem").textContent = wrong ? said : "";
  if (number) {
    const link = Object.assign(document.createElement("a"), { href: `tel:${number}`, textContent: number });
    at("status").append(` ${words.ended_number}`, link);
  }
  const busy = BUSY.includes(state);
  const active = document.activeElement;
  at("call").hidden = busy;
  at("hang-up").hidden = at("mute").hidden = !busy;
  // The keyboard stays where the button was.
  if (active === at("call") && busy) at("hang-up").focus();
  if (active === at("hang-up") && !busy) at("call").focus();
};

const call = () => {
  began = 0;
  setMuted(false);
  const number = at("number")?.value.replace(/[\s-]/g, "");
  phone = new Softphone({
    onState: show,
    ticketUrl: "/api/phone/ticket",
    keep: false,
    deviceId: at("microphone").value,
    body: { language: root.dataset.language, ...(number && { number }) },
  });
  root.dataset.detail = "";
  phone.connect();
};

const setMuted = (on) => {
  muted = on;
  phone?.mute(on);
  at("mute").setAttribute("aria-pressed", String(on));
  at("mute").textContent = on ? words.unmute : words.mute;
};

const press = (key) => {
  if (root.dataset.state !== "connected") return;
  phone.press(key);
  const button = root.querySelector(`[data-key="${key}"]`);
  button.classList.add("pressed");
  setTimeout(() => button.classList.remove("pressed"), 150);
};

const listMicrophones = async () => {
  const chosen = at("microphone").value;
  const found = (await Softphone.microphones()).filter((one) => one.deviceId && one.deviceId !== "default");
  at("microphone").replaceChildren(
    new Option(words.default_microphone, ""),
    ...found.map((one, place) => new Option(one.label || `${place + 1}`, one.deviceId)),
  );
  at("microphone").value = found.some((one) => one.deviceId === chosen) ? chosen : "";
};

at("call").addEventListener("click", call);
at("hang-up").addEventListener("click", () => phone.close());
at("mute").addEventListener("click", () => setMuted(!muted));
at("microphone").addEventListener("change", (event) => {
  phone?.useMicrophone(event.target.value).catch((error) => console.info("microphone:", error.name));
});
root.querySelector(".phone-keys").addEventListener("click", (event) => {
  const key = event.target.closest("[data-key]")?.dataset.key;
  if (key) press(key);
});
document.addEventListener("keydown", (event) => {
  if (event.target.matches("input, select") || event.ctrlKey || event.altKey || event.metaKey || event.repeat) return;
  if (/^[0-9*#]$/.test(event.key)) press(event.key);
});
setInterval(() => {
  if (!began || !BUSY.includes(root.dataset.state)) return;
  const seconds = Math.floor((performance.now() - began) / 1000);
  at("clock").textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}, 250);
navigator.mediaDevices?.addEventListener("devicechange", listMicrophones);
listMicrophones();
root.dataset.ready = "true";
