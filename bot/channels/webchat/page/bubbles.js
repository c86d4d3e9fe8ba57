// How one message looks. Everything said is set as text, never as markup.

import * as time from "./time.js";

const COLOURS = ["#4a78c2", "#c2704a", "#7a5fb5", "#3f8f86", "#b5587f", "#7d8a3c", "#5566a8", "#a8763e"];
const ADDRESS = /https?:\/\/[\w\-.~:/?#[\]@!$&'()*+,;=%]+/g;

export function make(tag, given = {}, ...children) {
  const { dataset, ...rest } = given;
  const element = Object.assign(document.createElement(tag), rest);
  Object.assign(element.dataset, dataset);
  element.append(...children);
  return element;
}

/** A square with the last letters of a name, in a colour of its own. */
export function avatar(name, user = name) {
  let sum = 0;
  for (const letter of user) sum = (sum * 31 + letter.codePointAt(0)) >>> 0;
  const cjk = /[\u3400-\u9fff]/.test(name);
  const letters = [...name.trim()].slice(cjk ? -2 : 0, cjk ? undefined : 2).join("");
  const square = make("span", { className: "avatar", ariaHidden: "true" }, letters);
  square.style.backgroundColor = COLOURS[sum % COLOURS.length];
  return square;
}

const robot = () => make("span", { className: "avatar robot", ariaHidden: "true" }, "训");

// An address of the service opens on the host the page came from.
function reachable(url) {
  const parsed = new URL(url, location.href);
  return /^\/(?:d|n|u|b|verify)\//.test(parsed.pathname) ? parsed.pathname + parsed.search : parsed.href;
}

function linked(text) {
  const nodes = [];
  let from = 0;
  for (const found of text.matchAll(ADDRESS)) {
    const address = found[0].replace(/[.,;:!?)'\]]+$/, "");
    nodes.push(text.slice(from, found.index));
    nodes.push(make("a", { href: reachable(address), target: "_blank", rel: "noopener noreferrer" }, address));
    from = found.index + address.length;
  }
  nodes.push(text.slice(from));
  return nodes;
}

// The text numbers its choices for channels without buttons; here the buttons do.
function withoutNumbers(text, choices) {
  const numbered = new Set(choices.map((choice, place) => `${place + 1}. ${choice.label}`));
  const lines = text.split("\n");
  const kept = lines.filter((line) => !numbered.has(line.trim()));
  return lines.length - kept.length === choices.length ? kept.join("\n").trim() : text;
}

function textBubble(entry) {
  const choices = entry.choices ?? [];
  const text = withoutNumbers(entry.text, choices);
  return text && make("div", { className: "bubble text" }, ...linked(text));
}

function choiceButtons(entry, { spent, tapped }) {
  const group = make("div", { className: "choices", role: "group", ariaLabel: "可选的回答" });
  entry.choices.forEach((choice, place) => {
    const number = make("i", { ariaHidden: "true" }, String(place + 1));
    const button = make("button", { type: "button", disabled: spent }, number, choice.label);
    if (entry.used === choice.send) button.classList.add("used");
    button.onclick = () => tapped(entry, choice);
    group.append(button);
  });
  return group;
}

function picture(entry, { enlarged }) {
  const image = make("img", { src: entry.thumb ?? reachable(entry.url), alt: entry.name || "图片" });
  const frame = make("button", { type: "button", className: "picture", ariaLabel: "放大图片" }, image);
  frame.onclick = () => enlarged(image.src);
  image.onerror = () => frame.replaceWith(make("div", { className: "bubble note" }, "图片已过期，需要时请再要一次。"));
  return frame;
}

const sheet = (name) => make("span", { className: "sheet", ariaHidden: "true" }, name.split(".").pop().slice(0, 4).toUpperCase());

function fileCard(entry) {
  const about = make("span", {}, make("b", {}, entry.name), make("small", {}, entry.url ? "点开查看" : "已发送"));
  const link = { className: "bubble file", target: "_blank", rel: "noopener" };
  const card = entry.url ? make("a", { ...link, href: reachable(entry.url) }) : make("div", { className: "bubble file" });
  card.append(about, sheet(entry.name));
  return card;
}

function articleCard(entry) {
  return make("a", { className: "bubble article", href: reachable(entry.url), target: "_blank", rel: "noopener" },
    make("b", {}, entry.title), make("p", {}, entry.summary), make("small", {}, "查看全文"));
}

const BODIES = {
  text: textBubble, image: picture, file: fileCard, article: articleCard,
  error: (entry) => make("div", { className: "bubble note" }, entry.text),
};

/** A message's row: avatar, body, and what can be done with it. */
export function row(entry, person, doing) {
  const mine = entry.who === "me";
  const body = make("div", { className: "body" });
  const said = (BODIES[entry.kind] ?? BODIES.text)(entry, doing);
  if (said) body.append(said);
  if (entry.choices?.length) body.append(choiceButtons(entry, doing));
  if (entry.state === "failed") {
    body.append(make("button", { type: "button", className: "again", onclick: () => doing.again(entry) }, entry.frame ? "没发出去，点这里再发" : "没发出去，请重新选择文件"));
  }
  const speaker = make("span", { className: "hidden" }, mine ? "我：" : "训通：");
  const side = mine ? avatar(person.name, person.user) : robot();
  return make("div", { className: `row ${mine ? "me" : "bot"} ${entry.state ?? ""}`, dataset: { id: entry.id, kind: entry.kind } }, speaker, side, body);
}

export const moment = (at) => make("div", { className: "moment" }, time.near(new Date(at)));

export function typing() {
  const dots = make("div", { className: "bubble dots" }, make("i"), make("i"), make("i"));
  dots.setAttribute("aria-label", "对方正在输入");
  return make("div", { className: "row bot typing" }, robot(), make("div", { className: "body" }, dots));
}
