import { type EpochMs, epochMs } from '@greengate/contracts/time';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type CalendarData, calendarSchema, workingCalendar } from '../../src/issue/calendar.ts';
import { chinaWorkingDays } from '../../src/issue/china-working-days.ts';

const HOUR = 3_600_000;
const china = workingCalendar(chinaWorkingDays);
const at = (text: string): EpochMs => epochMs(Date.parse(`${text}:00+08:00`));
const told = (instant: EpochMs): string =>
  new Date(instant + 8 * HOUR).toISOString().slice(0, 16).replace('T', ' ');

const instants = fc
  .integer({ min: Date.UTC(2020, 0, 1), max: Date.UTC(2026, 11, 1) })
  .map((ms) => epochMs(ms));
const spans = fc.integer({ min: 0, max: 60 * HOUR });

describe('six working hours', () => {
  test.each([
    ['an ordinary morning', '2022-03-01T08:30', '2022-03-01 16:00'],
    ['over the end of a day', '2022-03-01T16:00', '2022-03-02 14:30'],
    ['over a weekend', '2022-03-04T16:00', '2022-03-07 14:30'],
    ['from the night', '2022-03-01T23:59', '2022-03-02 16:00'],
    ['over the lunch break', '2022-03-01T11:59', '2022-03-02 10:29'],
    [
      'over the Spring Festival of 2022, which ends in no swapped day',
      '2022-01-30T16:00',
      '2022-02-07 14:30',
    ],
    ['on a Sunday that is worked', '2022-01-29T16:00', '2022-01-30 14:30'],
    [
      'over the spring of 2020, made longer by a later notice',
      '2020-01-23T16:00',
      '2020-02-03 14:30',
    ],
    ['over a holiday in the week', '2026-09-24T16:00', '2026-09-28 14:30'],
    ['over a year that has no notice yet: weekends', '2027-01-01T08:30', '2027-01-01 16:00'],
  ])('%s', (_, from, until) => {
    expect(told(china.addWorking(at(from), 6 * HOUR))).toBe(until);
  });

  test('the evening of the next day is 18:00 in China, also across a free day', () => {
    expect(told(china.nextDayAt18(at('2022-03-01T00:00')))).toBe('2022-03-02 18:00');
    expect(told(china.nextDayAt18(at('2022-03-04T23:59')))).toBe('2022-03-05 18:00');
  });
});

describe('working time', () => {
  test('never ends outside office hours or on a free day', () => {
    const free = new Set(chinaWorkingDays.holidays);
    const worked = new Set(chinaWorkingDays.workdays);
    fc.assert(
      fc.property(instants, spans, (from, ms) => {
        const end = china.addWorking(from, ms);
        const local = new Date(end + 8 * HOUR);
        const day = local.toISOString().slice(0, 10);
        const minutes = (end + 8 * HOUR - Date.parse(day)) / 60_000;
        const open = (minutes >= 510 && minutes <= 720) || (minutes >= 810 && minutes <= 1050);
        const weekend = [0, 6].includes(local.getUTCDay());
        expect(open).toBe(true);
        expect(worked.has(day) || !(weekend || free.has(day))).toBe(true);
        expect(end).toBeGreaterThanOrEqual(from);
      }),
      { numRuns: 2000 },
    );
  });

  test('adds up, and never runs backwards', () => {
    fc.assert(
      fc.property(instants, instants, spans, spans, (one, other, a, b) => {
        expect(china.addWorking(china.addWorking(one, a), b)).toBe(china.addWorking(one, a + b));
        const [early, late] = [Math.min(one, other), Math.max(one, other)] as [EpochMs, EpochMs];
        expect(china.addWorking(early, a)).toBeLessThanOrEqual(china.addWorking(late, a));
        expect(china.addWorking(one, a)).toBeLessThanOrEqual(china.addWorking(one, a + b));
      }),
      { numRuns: 2000 },
    );
  });

  test('one day swapped for another is a whole day of work more there, and less here', () => {
    const plain: CalendarData = { ...chinaWorkingDays, holidays: [], workdays: [] };
    const swapped = workingCalendar({
      ...plain,
      holidays: ['2022-03-02'],
      workdays: ['2022-03-05'],
    });
    const monday = at('2022-02-28T08:30');
    const week = 5 * 7.5 * HOUR;
    expect(told(workingCalendar(plain).addWorking(monday, week))).toBe('2022-03-04 17:30');
    expect(told(swapped.addWorking(monday, week))).toBe('2022-03-05 17:30');
    expect(told(swapped.addWorking(at('2022-03-01T17:30'), 1))).toBe('2022-03-03 08:30');
  });
});

describe('a calendar as data', () => {
  test('the shipped one is whole: seven years, no day twice, each exchange on its kind of day', () => {
    const { holidays, workdays } = calendarSchema.parse(chinaWorkingDays);
    const weekday = (day: string) => new Date(`${day}T00:00:00Z`).getUTCDay();
    expect(holidays.some((day) => [0, 6].includes(weekday(day)))).toBe(false);
    expect(workdays.every((day) => [0, 6].includes(weekday(day)))).toBe(true);
    expect(new Set([...holidays, ...workdays]).size).toBe(holidays.length + workdays.length);
    expect(new Set(holidays.map((day) => day.slice(0, 4))).size).toBe(7);
    // A year has 11 days of public holidays by law, and 13 from 2025 on.
    for (const [year, days] of [
      ['2022', 11],
      ['2025', 13],
    ] as const) {
      const of = (list: readonly string[]) => list.filter((day) => day.startsWith(year)).length;
      expect(of(holidays) - of(workdays)).toBe(days);
    }
  });

  test.each([
    [
      'hours that overlap',
      {
        hours: [
          { from: '08:00', until: '12:00' },
          { from: '11:00', until: '17:00' },
        ],
      },
    ],
    ['hours that run backwards', { hours: [{ from: '12:00', until: '08:00' }] }],
    ['no hours', { hours: [] }],
    [
      'no working day',
      { weekend: ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'] },
    ],
    ['a day that is worked and free', { workdays: ['2022-01-03'] }],
    ['a day that is none', { holidays: ['2022-02-30'] }],
    ['a field nobody knows', { holiday: [] }],
  ])('refuses %s', (_, change) => {
    expect(calendarSchema.safeParse({ ...chinaWorkingDays, ...change }).success).toBe(false);
  });

  test('one with a hundred days without work says so instead of looking on for ever', () => {
    const holidays = Array.from({ length: 300 }, (_, day) =>
      new Date(Date.UTC(2022, 0, 1 + day)).toISOString().slice(0, 10),
    );
    const idle = workingCalendar({ ...chinaWorkingDays, holidays, workdays: [] });
    expect(() => idle.addWorking(at('2022-01-01T08:30'), HOUR)).toThrow(RangeError);
  });
});
