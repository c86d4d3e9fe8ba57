// The page: who one is, what was said, what is being said.

import * as clock from "./clock.js";
import * as history from "./history.js";
import * as time from "./time.js";
import { avatar, make, moment, row, typing } from "./bubbles.js";
import { Wire } from "./wire.js";

const MOST_BYTES = 10 * 1024 * 1024;
const PAUSE = 5 * 60 * 1000;
const THUMB = 480;
const TITLE = document.title;

const $ = (id) => document.getElementById(id);
const app = $("app"), log = $("log"), input = $("input");
const wires = new Map();
let samples = [];
let person = null;
let drawn = new Map();
let fresh = 0;
let following = true;
let lastTop = 0;

// --- who ---------------------------------------------------------------------

const everybody = () => [
  ...samples,
  ...history.opened().filter((known) => !samples.some((sample) => sample.user === known.user)),
];

function tile(one) {
  const last = history.entries(one.user).at(-1);
  const count = history.unread(one.user);
  const preview = last ? (last.text || { image: "[图片]", file: `[文件] ${last.name}` }[last.kind] || last.title) : one.note;
  const badge = make("b", { className: "badge", hidden: !count, ariaLabel: `${count} 条未读` }, count > 99 ? "99+" : String(count));
  const button = make("button", { type: "button", dataset: { user: one.user } },
    make("span", { className: "face" }, avatar(one.name, one.user), badge),
    make("span", { className: "about" },
      make("span", { className: "line" }, make("strong", {}, one.name), make("em", {}, one.role)),
      make("small", {}, preview.replace(/\s+/g, " "))));
  if (one.user === person?.user) button.setAttribute("aria-current", "true");
  button.onclick = () => enter(one);
  return make("li", {}, button);
}

function drawPeople() {
  $("people").replaceChildren(...everybody().map(tile));
  const total = everybody().reduce((sum, one) => sum + history.unread(one.user), 0);
  const others = total - (person ? history.unread(person.user) : 0);
  document.title = total ? `(${total}) ${TITLE}` : TITLE;
  $("elsewhere").hidden = !others;
  $("elsewhere").textContent = others;
}

function enter(one) {
  person = one;
  history.open(one);
  history.setCurrent(one.user);
  listen(one.user);
  app.dataset.view = "chat";
  app.classList.add("chosen");
  log.replaceChildren();
  drawn = new Map();
  draw();
  toEnd();
  tellState();
  if (matchMedia("(hover: hover)").matches) input.focus();
}

function listen(user) {
  if (wires.has(user)) return;
  wires.set(user, new Wire(user, {
    heard: (frame) => heard(user, frame),
    turned: () => { if (user === person?.user) { tellState(); draw(); } },
  }));
}

// --- what was said -------------------------------------------------------------

function heard(user, frame) {
  if (frame.now) time.set(frame.now);
  if (frame.at) time.notBefore(frame.at);
  if (["text", "image", "file", "article", "error"].includes(frame.type)) keep(user, frame);
  if (user === person?.user) draw();
  drawPeople();
}

function keep(user, frame) {
  const { type, at, push, re, retry, id, ...said } = frame;
  if (retry) {
    const failed = wires.get(user)?.pending.get(re);
    if (failed?.type === "text") history.change(user, re, { state: "failed", frame: failed });
    else history.change(user, re, { state: "failed", frame: undefined });
  }
  const entry = { ...said, id: id ?? history.newId(), who: "bot", kind: type, at: at ?? time.now().toISOString() };
  if (!history.add(user, entry)) return;
  const seen = user === person?.user && !document.hidden && app.dataset.view === "chat" && follows();
  if (seen) return;
  history.setUnread(user, history.unread(user) + 1);
  if (user === person?.user) fresh += 1;
}

// A question's buttons are spent once it was answered; a command's never are.
function isSpent(all, place) {
  const { choices, used } = all[place];
  if (!choices?.some((choice) => choice.send.startsWith("#"))) return false;
  return Boolean(used) || all.slice(place + 1).some((entry) => entry.who === "me");
}

function draw() {
  const all = history.entries(person.user);
  const stay = follows();
  const wanted = [];
  let before = 0;
  all.forEach((entry, place) => {
    if (Date.parse(entry.at) - before > PAUSE) wanted.push(piece(`at:${entry.id}`, time.near(new Date(entry.at)), () => moment(entry.at)));
    before = Date.parse(entry.at);
    const spent = isSpent(all, place);
    wanted.push(piece(entry.id, JSON.stringify([entry, spent]), () => row(entry, person, { spent, tapped: tap, again, enlarged: enlarge })));
  });
  if (wires.get(person.user)?.busy) wanted.push(piece("typing", "", typing));
  const kept = new Set(wanted);
  for (const child of [...log.children]) if (!kept.has(child)) child.remove();
  wanted.forEach((element, place) => {
    if (log.children[place] !== element) log.insertBefore(element, log.children[place] ?? null);
  });
  drawn = new Map([...drawn].filter(([, known]) => kept.has(known.element)));
  if (stay) toEnd();
  drawNewer();
}

function piece(id, state, build) {
  const known = drawn.get(id);
  if (known?.state === state) return known.element;
  const element = build();
  // A picture that arrives late must not push the end out of sight.
  for (const image of element.querySelectorAll("img")) image.addEventListener("load", () => follows() && toEnd());
  drawn.set(id, { state, element });
  return element;
}

const atEnd = () => log.scrollHeight - log.scrollTop - log.clientHeight < 60;

// Whoever was at the end stays there while it grows, until they scroll up.
const follows = () => atEnd() || (following && log.scrollTop > lastTop - 2);

function toEnd() {
  log.scrollTop = log.scrollHeight;
  following = true;
  lastTop = log.scrollTop;
  seen();
}

function scrolled() {
  following = follows();
  lastTop = log.scrollTop;
  seen();
}

function seen() {
  if (!person || document.hidden || app.dataset.view !== "chat" || !atEnd()) return;
  fresh = 0;
  if (history.unread(person.user)) {
    history.setUnread(person.user, 0);
    drawPeople();
  }
  drawNewer();
}

function drawNewer() {
  $("newer").hidden = !fresh || atEnd();
  $("newer").textContent = `↓ ${fresh} 条新消息`;
}

function tellState() {
  const on = wires.get(person.user)?.state === "on";
  $("state").textContent = on ? `我是${person.name}（${[person.role, person.note].filter(Boolean).join("，")}）` : "连接断开了，正在重连…";
  app.classList.toggle("off", !on);
}

// --- what is being said ----------------------------------------------------------

function say(frame, shown) {
  const wire = wires.get(person.user);
  const id = history.newId();
  const kept = frame.type === "text" ? { frame } : {};
  history.add(person.user, { id, who: "me", state: "sending", at: time.now().toISOString(), ...shown, ...kept });
  wire.say(frame, id);
  draw();
  toEnd();
  drawPeople();
}

function sayText(text) {
  say({ type: "text", text }, { kind: "text", text });
}

function tap(entry, choice) {
  history.change(person.user, entry.id, { used: choice.send });
  say({ type: "text", text: choice.send, label: choice.label }, { kind: "text", text: choice.label });
}

function again(entry) {
  if (!entry.frame) return $("file").click();
  history.change(person.user, entry.id, { state: "sending" });
  wires.get(person.user).say(entry.frame, entry.id);
  draw();
}

function complain(text) {
  history.add(person.user, { id: history.newId(), who: "bot", kind: "error", text, at: time.now().toISOString() });
  draw();
  toEnd();
}

async function base64(file) {
  const reader = new FileReader();
  await new Promise((resolve, reject) => {
    Object.assign(reader, { onload: resolve, onerror: reject });
    reader.readAsDataURL(file);
  });
  return reader.result.split(",", 2)[1];
}

async function thumbnail(file) {
  const image = await createImageBitmap(file);
  const scale = Math.min(1, THUMB / Math.max(image.width, image.height));
  const canvas = make("canvas", { width: Math.max(1, image.width * scale), height: Math.max(1, image.height * scale) });
  const context = canvas.getContext("2d");
  context.fillStyle = "#fff";
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(image, 0, 0, canvas.width, canvas.height);
  return canvas.toDataURL("image/jpeg", 0.8);
}

async function sayFile(file) {
  if (file.size > MOST_BYTES) return complain(`“${file.name}”超过 10 MB 了，请压缩后再发。`);
  if (!file.size) return complain(`“${file.name}”是空的，请换一个。`);
  const data = await base64(file);
  const thumb = file.type.startsWith("image/") ? await thumbnail(file).catch(() => null) : null;
  const frame = { type: thumb ? "image" : "file", name: file.name, data };
  say(frame, thumb ? { kind: "image", thumb, name: file.name } : { kind: "file", name: file.name });
}

async function sayFiles(files) {
  if (!person) return;
  for (const file of files) await sayFile(file).catch(() => complain(`“${file.name}”读不出来，请换一个。`));
}

function enlarge(source) {
  $("viewer").firstElementChild.src = source;
  $("viewer").showModal();
}

// --- the controls -----------------------------------------------------------------

function grow() {
  input.style.height = "auto";
  input.style.height = `${Math.min(input.scrollHeight, 132)}px`;
  $("send").disabled = !input.value.trim();
}

function submit() {
  const text = input.value.trim();
  if (!text || !person) return;
  input.value = "";
  grow();
  sayText(text);
}

$("composer").onsubmit = (event) => { event.preventDefault(); submit(); };
input.oninput = grow;
input.onkeydown = (event) => {
  // While a Chinese input method composes, Enter belongs to it.
  if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
  event.preventDefault();
  submit();
};
input.onpaste = (event) => {
  const files = [...event.clipboardData.files];
  if (!files.length) return;
  event.preventDefault();
  sayFiles(files);
};
log.ondragover = (event) => event.preventDefault();
log.ondrop = (event) => { event.preventDefault(); sayFiles([...event.dataTransfer.files]); };
log.onscroll = scrolled;
$("menu").onclick = () => sayText("菜单");
$("file").onchange = async () => { const files = [...$("file").files]; $("file").value = ""; await sayFiles(files); };
$("newer").onclick = toEnd;
$("back").onclick = () => { app.dataset.view = "list"; drawPeople(); };
$("forget").onclick = () => {
  if (!confirm("清空这台设备上和训通的聊天记录？已经交给训通的内容不受影响。")) return;
  history.remove(person.user, (entry) => entry.state !== "sending");
  draw();
  drawPeople();
};
$("viewer").onclick = () => $("viewer").close();
$("newcomer").onsubmit = (event) => {
  event.preventDefault();
  const name = $("newname").value.trim();
  if (!name) return;
  $("newname").value = "";
  enter(everybody().find((one) => one.user === name) ?? { user: name, name, role: "参训教师", note: "新来的老师" });
};
document.addEventListener("visibilitychange", () => {
  if (document.hidden) return;
  for (const wire of wires.values()) wire.hurry();
  seen();
});
addEventListener("online", () => wires.forEach((wire) => wire.hurry()));
addEventListener("resize", () => person && follows() && toEnd());
history.watch((user) => { if (user === person?.user) draw(); drawPeople(); });

async function start() {
  const about = await fetch("/chat/about").then((answer) => answer.json()).catch(() => ({ persons: [], clock: false }));
  samples = about.persons;
  if (about.clock) await clock.start(() => person && draw());
  drawPeople();
  const last = everybody().find((one) => one.user === history.current());
  if (last) enter(last);
  // Whoever was talked with from here goes on hearing what arrives.
  for (const { user } of history.opened().slice(-8)) listen(user);
  document.body.dataset.ready = "true";
}

start();
