// One person's connection: says hello, sends again what was not answered, and
// comes back by itself. Knows nothing of what is shown.

import * as history from "./history.js";

const FIRST_WAIT = 400;
const LONGEST_WAIT = 15000;

export class Wire {
  /** `heard(frame)` takes every frame; `turned(state)` hears of on, off. */
  constructor(user, { heard, turned }) {
    Object.assign(this, { user, heard, turned });
    this.wait = FIRST_WAIT;
    this.state = "off";
    // Frames not yet answered, by message id, in the order they were said.
    this.pending = new Map();
    for (const entry of history.entries(user)) {
      if (entry.state !== "sending") continue;
      if (entry.frame) this.pending.set(entry.id, { ...entry.frame, id: entry.id });
      else history.change(user, entry.id, { state: "failed" });
    }
    this.connect();
  }

  connect() {
    clearTimeout(this.timer);
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    this.socket = new WebSocket(`${scheme}://${location.host}/chat/ws`);
    this.socket.onopen = () => this.put({ type: "hello", user: this.user, confirm: true });
    this.socket.onmessage = (event) => this.take(JSON.parse(event.data));
    this.socket.onclose = () => this.lost();
  }

  lost() {
    this.turn("off");
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.connect(), this.wait * (0.7 + 0.6 * Math.random()));
    this.wait = Math.min(this.wait * 2, LONGEST_WAIT);
  }

  /** Try at once: the network or the page came back. */
  hurry() {
    if (this.socket.readyState !== WebSocket.CLOSED) return;
    this.wait = FIRST_WAIT;
    this.connect();
  }

  turn(state) {
    this.state = state;
    this.turned(state);
  }

  take(frame) {
    if (frame.type === "welcome") this.welcomed(frame);
    if (frame.type === "idle") this.answered(frame.re);
    this.heard(frame);
    if (frame.push) this.put({ type: "ack", id: frame.id });
  }

  welcomed(frame) {
    this.wait = FIRST_WAIT;
    // The service does not know this person: it began afresh, or forgot them.
    if (!frame.known) history.remove(this.user, (entry) => entry.state !== "sending");
    for (const waiting of this.pending.values()) this.put(waiting);
    this.turn("on");
    if (!this.pending.size && !history.entries(this.user).length) this.say({ type: "follow" });
  }

  answered(id) {
    this.pending.delete(id);
    const entry = history.entries(this.user).find((known) => known.id === id);
    if (entry?.state === "sending") history.change(this.user, id, { state: "sent", frame: undefined });
  }

  /** Sends a message now, or as soon as there is a connection; returns its id. */
  say(frame, id = history.newId()) {
    this.pending.set(id, { ...frame, id });
    if (this.state === "on") this.put({ ...frame, id });
    return id;
  }

  put(frame) {
    if (this.socket.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(frame));
  }

  get busy() {
    return this.state === "on" && this.pending.size > 0;
  }
}
