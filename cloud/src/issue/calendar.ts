import { type EpochMs, epochMs } from '@greengate/contracts/time';
import { z } from 'zod';
import { calendarDatesCountMax, calendarFreeDaysMax } from './limits.ts';

/** When officers work, in one time zone without summer time. */
export interface WorkingCalendar {
  /** The instant by which `ms` of working time have passed since `at`. With 0: `at`, or the next opening. */
  addWorking(at: EpochMs, ms: number): EpochMs;
  /** 18:00 of the day after the one that `at` falls on, whether or not that is worked. */
  nextDayAt18(at: EpochMs): EpochMs;
}

const DAYS = [
  'sunday',
  'monday',
  'tuesday',
  'wednesday',
  'thursday',
  'friday',
  'saturday',
] as const;

const time = z.string().regex(/^(?:[01][0-9]|2[0-3]):[0-5][0-9]$/);
const date = z.iso.date();

/** A calendar as data. Operators replace the shipped one by a file of this shape. */
export const calendarSchema = z
  .strictObject({
    /** Who says so, for people. */
    source: z.string().min(1).max(200),
    /** 480 is China Standard Time. */
    utcOffsetMinutes: z.int().min(-720).max(840),
    /** Office hours of a working day, ascending. */
    hours: z
      .array(z.strictObject({ from: time, until: time }))
      .min(1)
      .max(6),
    weekend: z.array(z.enum(DAYS)).max(6),
    /** Days off besides the weekend. */
    holidays: z.array(date).max(calendarDatesCountMax),
    /** Weekend days that are worked, in exchange for others. */
    workdays: z.array(date).max(calendarDatesCountMax),
  })
  .refine(({ hours }) => isAscending(hours), {
    error: 'office hours ascend and do not touch',
    path: ['hours'],
  })
  .refine(({ weekend }) => new Set(weekend).size === weekend.length, {
    error: 'a day is named twice',
    path: ['weekend'],
  })
  .refine(({ holidays, workdays }) => !workdays.some((day) => holidays.includes(day)), {
    error: 'a day is worked and free',
    path: ['workdays'],
  });
export type CalendarData = z.infer<typeof calendarSchema>;

/** Pure. Throws `RangeError` from `addWorking` where the data leave more than a hundred days without work. */
export function workingCalendar(data: CalendarData): WorkingCalendar {
  const offsetMs = data.utcOffsetMinutes * 60_000;
  const sessions = data.hours.map(({ from, until }) => ({ from: msOf(from), until: msOf(until) }));
  const weekend = new Set(data.weekend.map((day) => DAYS.indexOf(day)));
  const free = new Set(data.holidays.map(dayOf));
  const worked = new Set(data.workdays.map(dayOf));
  const sessionsOf = (day: number) =>
    worked.has(day) || !(weekend.has(weekdayOf(day)) || free.has(day)) ? sessions : [];
  return {
    addWorking: (at, ms) => {
      const local = at + offsetMs;
      let left = ms;
      let idle = 0;
      for (let day = Math.floor(local / dayMs); idle <= calendarFreeDaysMax; day += 1) {
        const today = sessionsOf(day);
        idle = today.length > 0 ? 0 : idle + 1;
        for (const { from, until } of today) {
          const begin = Math.max(local, day * dayMs + from);
          const room = day * dayMs + until - begin;
          if (room >= 0 && left <= room) return epochMs(begin + left - offsetMs);
          left -= Math.max(0, room);
        }
      }
      throw new RangeError('the calendar has no working days');
    },
    nextDayAt18: (at) => {
      const day = Math.floor((at + offsetMs) / dayMs) + 1;
      return epochMs(day * dayMs + evening - offsetMs);
    },
  };
}

const dayMs = 86_400_000;
const evening = 18 * 3_600_000;

function msOf(clock: string): number {
  return Date.parse(`1970-01-01T${clock}:00Z`);
}

/** Days since 1970-01-01. */
function dayOf(iso: string): number {
  return Date.parse(`${iso}T00:00:00Z`) / dayMs;
}

// 1970-01-01 was a Thursday.
function weekdayOf(day: number): number {
  return (((day + 4) % 7) + 7) % 7;
}

function isAscending(hours: readonly { from: string; until: string }[]): boolean {
  const points = hours.flatMap(({ from, until }) => [from, until]);
  return points.every((point, at) => at === 0 || (points[at - 1] ?? '') < point);
}
