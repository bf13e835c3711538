// A moment in the reader's own time zone and language: <tp-time datetime="2026-01-01T00:00:00+00:00">.
class LocalTime extends HTMLElement {
  static observedAttributes = ["datetime", "format"];
  connectedCallback() { this.render(); }
  attributeChangedCallback() { if (this.isConnected) this.render(); }
  render() {
    const moment = new Date(this.getAttribute("datetime"));
    if (isNaN(moment)) { this.textContent = ""; return; }
    const time = { hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false };
    const day = { year: "numeric", month: "short", day: "numeric" };
    const language = document.documentElement.lang || undefined;
    const options = this.getAttribute("format") === "time" ? time : { ...day, ...time };
    this.textContent = new Intl.DateTimeFormat(language, options).format(moment);
    this.title = moment.toString();
  }
}
customElements.define("tp-time", LocalTime);

// Chosen by the reader, kept for a year.
window.tetraphoneRemember = (name, value) => {
  const secure = location.protocol === "https:" ? ";secure" : "";
  document.cookie = `${name}=${value};path=/;max-age=31536000;samesite=lax${secure}`;
};
