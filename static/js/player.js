// The recording's own controls over a plain <audio>: two lanes, seeking, speed, marks. Times are media seconds.

import { drawWaveform } from "./waveform.js";

const TENTHS = 10;

/** Seconds as 1:42.3. */
export function clockTenths(seconds) {
  const tenths = Math.round(seconds * TENTHS);
  const minutes = Math.floor(tenths / 600);
  const left = tenths % 600;
  return `${minutes}:${String(Math.floor(left / TENTHS)).padStart(2, "0")}.${left % TENTHS}`;
}

/** Controls one player section; `onTime(seconds, playing)` is told wherever the playhead goes. */
export class Player {
  constructor(section, duration, onTime) {
    this.section = section;
    this.duration = duration;
    this.onTime = onTime;
    this.audio = section.querySelector("audio");
    this.peaks = null;
    this.wanted = null;
    if (!this.audio) return;
    this.part = (name) => section.querySelector(`[data-${name}]`);
    this.audio.controls = false;
    this.audio.hidden = true;
    section.querySelector(".player-ui").hidden = false;
    this.listen();
    this.loadPeaks();
  }

  get usable() {
    return Boolean(this.audio);
  }

  listen() {
    this.part("play").addEventListener("click", () => this.toggle());
    this.part("seek").addEventListener("input", (event) => this.seek((event.target.value / 1000) * this.length));
    this.part("speed").addEventListener("change", (event) => { this.audio.playbackRate = Number(event.target.value); });
    for (const name of ["play", "pause", "ended"]) this.audio.addEventListener(name, () => this.showState());
    for (const name of ["timeupdate", "seeked"]) this.audio.addEventListener(name, () => this.show());
    this.audio.addEventListener("loadedmetadata", () => {
      if (this.wanted !== null) this.seek(this.wanted);
    });
    this.audio.addEventListener("error", () => { this.part("player-error").hidden = false; });
    new ResizeObserver(() => this.draw()).observe(this.part("wave"));
    document.addEventListener("themechange", () => this.draw());
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.draw());
  }

  get length() {
    return Number.isFinite(this.audio.duration) ? this.audio.duration : this.duration;
  }

  async loadPeaks() {
    try {
      const answer = await fetch(this.section.dataset.peaks);
      if (answer.ok) this.peaks = await answer.json();
    } catch { /* the lanes stay flat; playing works without them */ }
    this.draw();
  }

  draw() {
    drawWaveform(this.section.querySelector("canvas"), this.peaks);
    this.show();
  }

  /** Put marks on the lanes: `{at, kind}` with kind cut, tool or error. */
  mark(marks) {
    if (!this.usable) return;
    this.part("marks").replaceChildren(...marks.map(({ at, kind }) => {
      const line = document.createElement("i");
      line.className = `m-${kind}`;
      line.style.left = `${(100 * at) / Math.max(0.001, this.duration)}%`;
      return line;
    }));
  }

  toggle() {
    if (!this.usable) return;
    if (this.audio.paused) this.audio.play().catch(() => { this.part("player-error").hidden = false; });
    else this.audio.pause();
  }

  seek(seconds) {
    if (!this.usable) return;
    const at = Math.min(Math.max(0, seconds), Math.max(0, this.length - 0.01));
    this.wanted = at;
    if (this.audio.readyState > 0) this.audio.currentTime = at;
    this.show(at);
  }

  step(by) {
    if (this.usable) this.seek(this.audio.currentTime + by);
  }

  showState() {
    const playing = !this.audio.paused;
    this.part("play").setAttribute("aria-pressed", String(playing));
    if (playing) {
      this.wanted = null;
      this.follow();
    }
    this.show();
  }

  follow() {
    this.show();
    if (!this.audio.paused) requestAnimationFrame(() => this.follow());
  }

  show(at = this.audio.paused && this.wanted !== null ? this.wanted : this.audio.currentTime) {
    const share = Math.min(1, at / Math.max(0.001, this.length));
    this.part("head").style.left = `${100 * share}%`;
    const seek = this.part("seek");
    seek.value = Math.round(1000 * share);
    seek.setAttribute("aria-valuetext", clockTenths(at));
    this.part("now").value = clockTenths(at);
    this.onTime(at, !this.audio.paused);
  }
}
