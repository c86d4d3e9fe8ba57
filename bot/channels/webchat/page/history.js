// What was said, kept in this browser by person, so that a reload shows it.
// Every change reads, changes and writes at once: several tabs share the store.

const PREFIX = "xuntong:1:";
const MOST = 400;

function read(key, otherwise) {
  try {
    return JSON.parse(localStorage.getItem(PREFIX + key)) ?? otherwise;
  } catch {
    return otherwise;
  }
}

function write(key, value) {
  for (let kept = value; ; kept = kept.slice(Math.ceil(kept.length / 4))) {
    try {
      localStorage.setItem(PREFIX + key, JSON.stringify(kept));
      return;
    } catch {
      if (!Array.isArray(kept) || kept.length < 4) return;
    }
  }
}

export const newId = () => crypto.randomUUID?.() ?? `m${Date.now()}${Math.random().toString(36).slice(2)}`;

export function entries(user) {
  return read(`chat:${user}`, []);
}

/** Adds an entry unless one with its id is there; true when it was added. */
export function add(user, entry) {
  const all = entries(user);
  if (all.some((known) => known.id === entry.id)) return false;
  all.push(entry);
  write(`chat:${user}`, all.slice(-MOST));
  return true;
}

export function change(user, id, change) {
  const all = entries(user);
  const found = all.find((entry) => entry.id === id);
  if (!found) return;
  Object.assign(found, change);
  write(`chat:${user}`, all);
}

export function remove(user, wanted) {
  write(`chat:${user}`, entries(user).filter((entry) => !wanted(entry)));
}

export function unread(user) {
  return read(`unread:${user}`, 0);
}

export function setUnread(user, count) {
  if (unread(user) !== count) write(`unread:${user}`, count);
}

/** The persons talked with from this browser: {user, name, role, note}. */
export const opened = () => read("opened", []);

export function open(person) {
  const others = opened().filter((known) => known.user !== person.user);
  write("opened", [...others, person]);
}

// Each tab goes on as who it was; a new one as whoever was last.
export function current() {
  return sessionStorage.getItem(`${PREFIX}current`) ?? read("current", "");
}

export function setCurrent(user) {
  sessionStorage.setItem(`${PREFIX}current`, user);
  write("current", user);
}

/** Calls back with the user when another tab changed what is kept of them. */
export function watch(changed) {
  addEventListener("storage", (event) => {
    const found = event.key?.match(/^xuntong:1:(?:chat|unread):(.*)$/s);
    if (found) changed(found[1]);
  });
}
