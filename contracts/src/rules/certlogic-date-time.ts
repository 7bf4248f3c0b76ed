import { CertLogicDateTime } from './certlogic-values.ts';
import { parsePlainDateTime } from './plain-date-time.ts';
import { RuleError } from './rule-error.ts';

export const TIME_UNITS = ['year', 'month', 'day', 'hour'] as const;
export type TimeUnit = (typeof TIME_UNITS)[number];

/**
 * Reads a date or date-time in one of the formats that `plusTime` allows, from `YYYY` to
 * `YYYY-MM-DDThh:mm:ss.S+hh:mm`, and returns milliseconds since 1970 (UTC), or null.
 *
 * A missing offset is Z, a missing time is midnight, decimals past the third are cut, and a partial date is
 * its last day. A day that its month does not have is refused, where `Date` would roll over.
 * https://github.com/ehn-dcc-development/dgc-business-rules/tree/main/certlogic/specification#offset-date-time-plustime
 */
export function parseDateTime(text: string): number | null {
  return parsePlainDateTime(text) ?? parseGeneralDateTime(text);
}

/** As `parseDateTime`, always by the whole format. */
export function parseGeneralDateTime(text: string): number | null {
  const groups = dateTimeFormat.exec(text)?.groups;
  if (groups === undefined) return null;
  const { year, month, day, hour, minute, second, fraction, sign, offsetHour, offsetMinute } =
    groups;
  const midnightMs = dayMsOf(year, month, day);
  const timeMs = timeMsOf(hour, minute, second, fraction);
  const offsetMs = offsetMsOf(sign, offsetHour, offsetMinute);
  if (midnightMs === null || timeMs === null || offsetMs === null) return null;
  return midnightMs + timeMs - offsetMs;
}

/** The `plusTime` operation: `amount` may be negative; years and months carry as ECMAScript's setters do. */
export function plusTime(text: unknown, amount: number, unit: TimeUnit): CertLogicDateTime {
  return new CertLogicDateTime(shifter(amount, unit, dateReader())(text));
}

/** Reads a date or date-time text as milliseconds since 1970; null for what is none. */
export type DateReader = (text: unknown) => number | null;

/** Remembers its last text: several rules ask for one date of a person, and the same `now` comes for everybody. */
export function dateReader(): DateReader {
  let lastText: unknown;
  let lastMs: number | null = null;
  return (text) => {
    if (text === lastText) return lastMs;
    if (typeof text !== 'string') return null;
    lastMs = parseDateTime(text);
    lastText = text;
    return lastMs;
  };
}

/** `plusTime` with its constants, in milliseconds since 1970. */
export function shifter(
  amount: number,
  unit: TimeUnit,
  read: DateReader,
): (text: unknown) => number {
  return (text) => {
    const ms = moved(read(text) ?? noDate('plusTime', text), amount, unit);
    if (Math.abs(ms) <= dateMsMax) return ms;
    throw new RuleError('rule-out-of-range', '"plusTime" left the range of date-times');
  };
}

/** NaN, or past `dateMsMax`, when there is no such instant. */
function moved(ms: number, amount: number, unit: TimeUnit): number {
  if (amount === 0) return ms;
  if (unit === 'day') return ms + amount * dayMs;
  if (unit === 'hour') return ms + amount * hourMs;
  const date = new Date(ms);
  return unit === 'year'
    ? date.setUTCFullYear(date.getUTCFullYear() + amount)
    : date.setUTCMonth(date.getUTCMonth() + amount);
}

/** The `dccDateOfBirth` operation: `YYYY`, `YYYY-MM` or `YYYY-MM-DD`, as the last day that fits. */
export function dccDateOfBirth(text: unknown): CertLogicDateTime {
  const parsed = typeof text === 'string' ? parseDateTime(text) : null;
  const epochMs = parsed ?? noDate('dccDateOfBirth', text);
  if (String(text).includes('T')) {
    throw new RuleError('rule-date-malformed', '"dccDateOfBirth" takes a date without a time');
  }
  return new CertLogicDateTime(epochMs);
}

const dateTimeFormat =
  /^(?<year>\d{4})(?:-(?<month>\d{2})(?:-(?<day>\d{2})(?:T(?<hour>\d{2}):(?<minute>\d{2}):(?<second>\d{2})(?:\.(?<fraction>\d+))?(?:Z|(?<sign>[+-])(?<offsetHour>\d{1,2}?)(?::?(?<offsetMinute>\d{2}))?)?)?)?)?$/;

// ECMAScript's range of time values, https://tc39.es/ecma262/#sec-time-values-and-time-range
const dateMsMax = 8.64e15;
const dayMs = 86_400_000;
const hourMs = 3_600_000;
const minuteMs = 60_000;

function noDate(operation: string, text: unknown): never {
  if (typeof text !== 'string') {
    throw new RuleError('rule-type-mismatch', `operand of "${operation}" must be a string`);
  }
  throw new RuleError(
    'rule-date-malformed',
    `operand of "${operation}" is not a date or date-time`,
  );
}

function dayMsOf(
  year: string | undefined,
  month: string | undefined,
  day: string | undefined,
): number | null {
  const monthIndex = month === undefined ? 11 : Number(month) - 1;
  if (monthIndex < 0 || monthIndex > 11) return null;
  if (day === undefined) return utcDayMs(Number(year), monthIndex + 1, 0);
  const ms = utcDayMs(Number(year), monthIndex, Number(day));
  const read = new Date(ms);
  return read.getUTCDate() === Number(day) && read.getUTCMonth() === monthIndex ? ms : null;
}

// Date.UTC takes the years 0 to 99 for 1900 to 1999; the setter does not.
function utcDayMs(year: number, monthIndex: number, day: number): number {
  return new Date(0).setUTCFullYear(year, monthIndex, day);
}

function timeMsOf(hour = '0', minute = '0', second = '0', fraction = ''): number | null {
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return null;
  const ms = Number(fraction.slice(0, 3).padEnd(3, '0'));
  return Number(hour) * hourMs + Number(minute) * minuteMs + Number(second) * 1000 + ms;
}

function offsetMsOf(sign = '+', hour = '0', minute = '0'): number | null {
  if (Number(hour) > 23 || Number(minute) > 59) return null;
  const ms = Number(hour) * hourMs + Number(minute) * minuteMs;
  return sign === '-' ? -ms : ms;
}
