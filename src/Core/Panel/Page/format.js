// Numbers, times and money for people. An unknown value is a dash, never zero.

const DASH = '–';
const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const compact = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 });
const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' });
const dayAndClock = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'short' });

const isNumber = (value) => typeof value === 'number' && Number.isFinite(value);

/** @param {number | null | undefined} value */
export const count = (value) => (isNumber(value) ? whole.format(value) : DASH);

/** 1.05M, 128K */
export const short = (value) => (isNumber(value) ? compact.format(value) : DASH);

/** @param {number | null | undefined} ms milliseconds */
export function duration(ms) {
  if (!isNumber(ms)) return DASH;
  // The bounds are where rounding reaches the next unit.
  if (ms < 999.5) return Math.round(ms) === 0 ? '< 1 ms' : `${Math.round(ms)} ms`;
  if (ms < 59_950) return `${(ms / 1000).toFixed(ms < 9_995 ? 2 : 1)} s`;
  const seconds = Math.round(ms / 1000);
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

/** @param {number | null | undefined} dollars USD; small sums keep their first two figures */
export function money(dollars) {
  if (!isNumber(dollars)) return DASH;
  if (dollars === 0) return '$0';
  if (dollars >= 0.01) return `$${dollars.toFixed(dollars >= 1 ? 2 : 4)}`;
  const figures = Math.min(10, 1 - Math.floor(Math.log10(dollars)));
  return dollars < 1e-9 ? '< $0.000000001' : `$${dollars.toFixed(figures)}`;
}

/** A price per million tokens: whole dollars, cents, or as many digits as it has. */
export function price(dollars) {
  if (!isNumber(dollars)) return DASH;
  const cents = dollars.toFixed(2);
  return `$${Number.isInteger(dollars) ? dollars : Number(cents) === dollars ? cents : Number(dollars.toFixed(4))}`;
}

/** @param {string | number | Date} time */
export const timeOfDay = (time) => clock.format(new Date(time));

export const dayAndTime = (time) => dayAndClock.format(new Date(time));

/** "just now", "12 s ago", "3 min ago", "2 h ago" */
export function ago(time, now = Date.now()) {
  const seconds = Math.max(0, Math.round((now - new Date(time).getTime()) / 1000));
  if (seconds < 3) return 'just now';
  return `${span(seconds)} ago`;
}

/** @param {number} seconds */
export function span(seconds) {
  if (seconds < 90) return `${Math.round(seconds)} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  if (seconds < 172_800) return `${Math.round(seconds / 3600)} h`;
  return `${Math.round(seconds / 86_400)} days`;
}

export const plural = (number, one, many = `${one}s`) => `${count(number)} ${number === 1 ? one : many}`;

/** @param {number} bytes */
export const size = (bytes) => (bytes < 1024 * 1024 ? `${Math.max(1, Math.round(bytes / 1024))} KB` : `${(bytes / 1024 / 1024).toFixed(1)} MB`);
