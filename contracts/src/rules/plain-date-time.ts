/**
 * Reads the forms that nearly every date in the facts has, without a regular expression: `YYYY-MM-DD`, and
 * that with `Thh:mm:ss`, an optional fraction of three digits, and `Z` or `+hh:mm`. Milliseconds since 1970
 * (UTC); null for anything else, also for a good date in another form.
 */
export function parsePlainDateTime(text: string): number | null {
  const midnightMs = parseDay(text);
  if (text.length === 10 || Number.isNaN(midnightMs)) {
    return Number.isNaN(midnightMs) ? null : midnightMs;
  }
  const ms =
    midnightMs + parseTime(text) - parseOffset(text, text.charCodeAt(19) === dot ? 23 : 19);
  return Number.isNaN(ms) ? null : ms;
}

const [zero, dash, colon, dot, plus] = [48, 45, 58, 46, 43] as const;
const [letterT, letterZ] = [84, 90] as const;
const dayMs = 86_400_000;

/** The number of two digits, or NaN. */
function two(text: string, at: number): number {
  return one(text, at) * 10 + one(text, at + 1);
}

function one(text: string, at: number): number {
  const digit = text.charCodeAt(at) - zero;
  return digit >= 0 && digit <= 9 ? digit : Number.NaN;
}

function parseDay(text: string): number {
  if (text.charCodeAt(4) !== dash || text.charCodeAt(7) !== dash) return Number.NaN;
  const year = two(text, 0) * 100 + two(text, 2);
  const month = two(text, 5);
  const day = two(text, 8);
  const fits = month >= 1 && month <= 12 && day >= 1 && day <= daysIn(year, month);
  return fits ? daysSince1970(year, month, day) * dayMs : Number.NaN;
}

function daysIn(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

/** Counts from March, so that the leap day is a year's last: https://howardhinnant.github.io/date_algorithms.html#days_from_civil */
function daysSince1970(year: number, month: number, day: number): number {
  const marchYear = month <= 2 ? year - 1 : year;
  const leaps =
    Math.floor(marchYear / 4) - Math.floor(marchYear / 100) + Math.floor(marchYear / 400);
  const inYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  return marchYear * 365 + leaps + inYear - 719_468;
}

function parseTime(text: string): number {
  const separated =
    text.charCodeAt(10) === letterT &&
    text.charCodeAt(13) === colon &&
    text.charCodeAt(16) === colon;
  if (!separated) return Number.NaN;
  const [hour, minute, second] = [two(text, 11), two(text, 14), two(text, 17)];
  if (!(hour <= 23 && minute <= 59 && second <= 59)) return Number.NaN;
  const fraction = text.charCodeAt(19) === dot ? two(text, 20) * 10 + one(text, 22) : 0;
  return ((hour * 60 + minute) * 60 + second) * 1000 + fraction;
}

function parseOffset(text: string, at: number): number {
  const sign = text.charCodeAt(at);
  if (sign === letterZ) return text.length === at + 1 ? 0 : Number.NaN;
  const whole = text.length === at + 6 && text.charCodeAt(at + 3) === colon;
  if (!whole || (sign !== plus && sign !== dash)) return Number.NaN;
  const [hour, minute] = [two(text, at + 1), two(text, at + 4)];
  if (!(hour <= 23 && minute <= 59)) return Number.NaN;
  return (hour * 60 + minute) * 60_000 * (sign === dash ? -1 : 1);
}
