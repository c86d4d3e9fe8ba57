// The service's time, as it is said in China.

const ZONE = "Asia/Shanghai";
const parts = new Intl.DateTimeFormat("zh-CN", {
  timeZone: ZONE, year: "numeric", month: "numeric", day: "numeric", weekday: "short",
  hour: "2-digit", minute: "2-digit", hourCycle: "h23",
});

let ahead = 0;

/** The service says it is `iso` now. */
export function set(iso) {
  ahead = Date.parse(iso) - Date.now();
}

/** Something happened at `iso`: it cannot be earlier than that. */
export function notBefore(iso) {
  if (Date.parse(iso) > now()) set(iso);
}

export const now = () => new Date(Date.now() + ahead);

function read(moment) {
  const found = Object.fromEntries(parts.formatToParts(moment).map((part) => [part.type, part.value]));
  return { ...found, day: +found.day, month: +found.month, year: +found.year };
}

const midnight = (date) => Date.UTC(date.year, date.month - 1, date.day);

/** “09:00”, “昨天 09:00”, “周三 09:00” or the full date, as seen from now. */
export function near(moment) {
  const [then, today] = [read(moment), read(now())];
  const clock = `${then.hour}:${then.minute}`;
  const days = Math.round((midnight(today) - midnight(then)) / 86400000);
  if (days === 0) return clock;
  if (days === 1) return `昨天 ${clock}`;
  if (days > 1 && days < 7) return `${then.weekday} ${clock}`;
  const year = then.year === today.year ? "" : `${then.year}年`;
  return `${year}${then.month}月${then.day}日 ${clock}`;
}

export function full(moment) {
  const then = read(moment);
  return `${then.year}年${then.month}月${then.day}日 ${then.weekday} ${then.hour}:${then.minute}`;
}

/** The date in China as YYYY-MM-DD. */
export function date(moment) {
  const { year, month, day } = read(moment);
  return [year, String(month).padStart(2, "0"), String(day).padStart(2, "0")].join("-");
}
