// The demo clock: shows what time the service has, and moves it forward.

import * as time from "./time.js";

const bar = document.getElementById("clock");
const shown = document.getElementById("now");
const date = document.getElementById("date");

let shownTo = () => {};

function show() {
  shown.value = time.full(time.now());
  date.min = time.date(time.now());
  date.value = date.min;
  shownTo();
}

async function ask(body) {
  const options = body && { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
  const answer = await fetch("/demo/clock", options);
  const told = await answer.json();
  if (told.now) time.set(told.now);
  if (!answer.ok) throw new Error(told.error);
}

async function move(body) {
  const controls = bar.querySelectorAll("button, input");
  bar.classList.add("moving");
  controls.forEach((control) => (control.disabled = true));
  shown.value = "时间正在往前走…";
  let trouble = "";
  try {
    await ask(body);
  } catch {
    trouble = "没有拨动，时钟只能往前走";
  }
  controls.forEach((control) => (control.disabled = false));
  bar.classList.remove("moving");
  if (trouble) shown.value = trouble;
  else show();
}

/** Shows the bar and keeps it going; calls `told` whenever the time was told. */
export async function start(told) {
  shownTo = told;
  bar.hidden = false;
  for (const button of bar.querySelectorAll("[data-days]")) {
    button.onclick = () => move({ advance_days: Number(button.dataset.days) });
  }
  date.onchange = () => {
    if (date.value && date.value > date.min) move({ now: `${date.value}T09:00:00+08:00` });
  };
  date.onclick = () => date.showPicker?.();
  await ask().then(show, () => {});
  setInterval(() => bar.classList.contains("moving") || show(), 20000);
  document.addEventListener("visibilitychange", () => document.hidden || ask().then(show, () => {}));
}
