import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileRule } from '../../src/rules/certlogic.ts';
import {
  dccDateOfBirth,
  parseDateTime,
  parseGeneralDateTime,
  plusTime,
} from '../../src/rules/certlogic-date-time.ts';
import { parsePlainDateTime } from '../../src/rules/plain-date-time.ts';
import { codeOf } from './expressions.ts';

const iso = (text: string) => {
  const epochMs = parseDateTime(text);
  return epochMs === null ? null : new Date(epochMs).toISOString();
};

describe('parseDateTime', () => {
  it.each([
    ['2004', '2004-12-31T00:00:00.000Z'],
    ['2004-02', '2004-02-29T00:00:00.000Z'],
    ['2003-02', '2003-02-28T00:00:00.000Z'],
    ['2004-12', '2004-12-31T00:00:00.000Z'],
    ['2021-05-01', '2021-05-01T00:00:00.000Z'],
    ['0050-01-01', '0050-01-01T00:00:00.000Z'],
    ['2021-05-01T12:34:56', '2021-05-01T12:34:56.000Z'],
    ['2021-05-01T12:34:56Z', '2021-05-01T12:34:56.000Z'],
    ['2021-05-01T12:34:56.1', '2021-05-01T12:34:56.100Z'],
    ['2021-05-01T12:34:56.9999Z', '2021-05-01T12:34:56.999Z'],
    ['1969-12-31T23:59:59.9999Z', '1969-12-31T23:59:59.999Z'],
    ['2021-05-01T12:34:56+8', '2021-05-01T04:34:56.000Z'],
    ['2021-05-01T12:34:56+08', '2021-05-01T04:34:56.000Z'],
    ['2021-05-01T12:34:56+10', '2021-05-01T02:34:56.000Z'],
    ['2021-05-01T12:34:56+100', '2021-05-01T11:34:56.000Z'],
    ['2021-05-01T12:34:56+0530', '2021-05-01T07:04:56.000Z'],
    ['2021-05-01T12:34:56-5:30', '2021-05-01T18:04:56.000Z'],
    ['2021-05-01T12:34:56.123+05:30', '2021-05-01T07:04:56.123Z'],
  ])('reads %s', (text, expected) => {
    expect(iso(text)).toBe(expected);
  });

  it.each([
    '',
    '20',
    '2021-13',
    '2021-00',
    '2021-02-29',
    '2021-04-31',
    '2021-05-00',
    '2021-05-01 12:34:56',
    '2021-05-01T12:34',
    '2021-05-01T24:00:00',
    '2021-05-01T12:60:00',
    '2021-05-01T23:59:60Z',
    '2021-05-01T12:34:56+24',
    '2021-05-01T12:34:56+05:3',
    '2021-05-01T12:34:56z',
    '2021-05-01Z',
    ' 2021-05-01',
    '2021-05-01\n',
    '+002021-05-01',
    '２０２１-05-01',
  ])('refuses %j', (text) => {
    expect(parseDateTime(text)).toBeNull();
  });

  it('reads back every instant that ECMAScript writes with four digits of year', () => {
    const noYear = new Date(-62_167_219_200_000);
    const range = { min: noYear, max: new Date('9999-12-31T23:59:59.999Z'), noInvalidDate: true };
    fc.assert(
      fc.property(fc.date(range), (date) => {
        expect(parseDateTime(date.toISOString())).toBe(date.getTime());
      }),
    );
  });
});

describe('plusTime', () => {
  it.each([
    ['2020-02-29', 1, 'day', '2020-03-01'],
    ['2020-02-29', 1, 'month', '2020-03-29'],
    ['2020-02-29', 1, 'year', '2021-03-01'],
    ['2021-01-31', 1, 'month', '2021-03-03'],
    ['2021-01-01', -1, 'hour', '2020-12-31T23:00:00'],
    ['2021-03-28', -13, 'month', '2020-02-28'],
  ] as const)('%s and %d %s is %s', (text, amount, unit, expected) => {
    expect(plusTime(text, amount, unit).toJSON()).toBe(iso(expected));
  });

  it('refuses a text that is no date, and a result out of range', () => {
    expect(codeOf(() => plusTime('soon', 0, 'day'))).toBe('rule-date-malformed');
    expect(codeOf(() => plusTime('2020', 1e15, 'year'))).toBe('rule-out-of-range');
    expect(codeOf(() => plusTime('2020', 1e300, 'hour'))).toBe('rule-out-of-range');
  });

  it('does not take a date-time: those are only compared', () => {
    const twice = { plusTime: [{ plusTime: ['2020', 0, 'day'] }, 0, 'day'] };
    expect(codeOf(() => compileRule(twice)(null))).toBe('rule-type-mismatch');
  });
});

describe('dccDateOfBirth', () => {
  it('is the last day that fits, and takes no time', () => {
    expect(dccDateOfBirth('2004-04').toJSON()).toBe('2004-04-30T00:00:00.000Z');
    expect(codeOf(() => dccDateOfBirth('2004-04-01T00:00:00Z'))).toBe('rule-date-malformed');
    expect(codeOf(() => dccDateOfBirth(''))).toBe('rule-date-malformed');
  });
});

describe('dates in the usual forms', () => {
  const digits = (value: number, count: number) => String(value).padStart(count, '0');
  const part = (max: number) => fc.integer({ min: 0, max }).map((value) => digits(value, 2));
  const text = fc
    .tuple(
      fc.integer({ min: 0, max: 9999 }).map((year) => digits(year, 4)),
      ...[part(13), part(32), part(24), part(60), part(60)],
      fc.constantFrom('', '.5', '.123', '.9999'),
      fc.constantFrom('', 'Z', 'z', '+08:00', '-0330', '+24:00', '+05', '+05:60', ' '),
    )
    .map(
      ([year, month, day, h, m, s, fraction, zone]) =>
        `${year}-${month}-${day}T${h}:${m}:${s}${fraction}${zone}`,
    );

  it('are read as the general rule reads them, or left to it', () => {
    let read = 0;
    fc.assert(
      fc.property(
        fc.oneof(
          text,
          text.map((whole) => whole.slice(0, 10)),
        ),
        (drawn) => {
          const plain = parsePlainDateTime(drawn);
          const general = parseGeneralDateTime(drawn);
          if (plain === null) return;
          read += 1;
          expect(plain).toBe(general);
        },
      ),
      { numRuns: 3000 },
    );
    expect(read).toBeGreaterThan(300);
  });
});
