import type { Reading } from './import-problem.ts';

/** A calendar day as YYYY-MM-DD, from that or from the ways that spreadsheets here write it, year first. */
export function readDate(text: string): Reading<string> {
  const plain = text.normalize('NFKC').trim();
  const parts =
    /^(\d{4})([-/.])(\d{1,2})\2(\d{1,2})$/.exec(plain) ??
    /^(\d{4})(年)(\d{1,2})月(\d{1,2})日$/.exec(plain) ??
    /^(\d{4})()(\d{2})(\d{2})$/.exec(plain);
  if (parts === null) return { code: 'date-malformed' };
  const [, year = '', , month = '', day = ''] = parts;
  const value = `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`;
  return isCalendarDay(value) ? { value } : { code: 'date-impossible' };
}

/** The first instant of a day, in the zone that notices are dated in. */
export function readFirstInstant(text: string): Reading<string> {
  return instantOf(text, '00:00:00');
}

/** The last second of a day. */
export function readLastInstant(text: string): Reading<string> {
  return instantOf(text, '23:59:59');
}

function instantOf(text: string, time: string): Reading<string> {
  const day = readDate(text);
  return 'value' in day ? { value: `${day.value}T${time}+08:00` } : day;
}

/** Whether a YYYY-MM-DD is a day of the calendar, from 1900 on: nobody here was born before. */
export function isCalendarDay(date: string): boolean {
  const at = Date.parse(`${date}T00:00:00Z`);
  if (Number.isNaN(at) || date < '1900') return false;
  // Date.parse takes 30 February for 1 March.
  return new Date(at).toISOString().startsWith(date);
}

/** An administrative division, six digits. */
export function readDivision(text: string): Reading<string> {
  const value = text.normalize('NFKC').trim();
  return /^[0-9]{6}$/.test(value) ? { value } : { code: 'division-malformed' };
}

/** One of some words, in English or Chinese. */
export function wordReader<T extends string>(words: Readonly<Record<T, readonly string[]>>) {
  const known = new Map<string, T>();
  for (const [word, others] of Object.entries<readonly string[]>(words)) {
    for (const name of [word, ...others]) known.set(folded(name), word as T);
  }
  return (text: string): Reading<T> => {
    const value = known.get(folded(text));
    return value === undefined ? { code: 'value-unknown' } : { value };
  };
}

/** What two spellings of one name have in common: case, width, spaces and dashes do not count. */
export function folded(text: string): string {
  return text
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[\s_-]/g, '');
}
