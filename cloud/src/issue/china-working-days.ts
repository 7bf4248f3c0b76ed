import type { CalendarData } from './calendar.ts';

// Of each year the weekdays that are free and the weekend days that are worked in their place, as month-day. From the yearly
// notices of the General Office of the State Council, 国办发明电〔2019〕16号 and, for the spring of 2020, 〔2020〕1号 (2020),
// 〔2020〕27号 (2021), 〔2021〕11号 (2022), 〔2022〕16号 (2023), 〔2023〕7号 (2024), 〔2024〕12号 (2025) and of 2025-11-04 (2026).
const free: Readonly<Record<string, string>> = {
  2020: '01-01 01-24 01-27 01-28 01-29 01-30 01-31 04-06 05-01 05-04 05-05 06-25 06-26 10-01 10-02 10-05 10-06 10-07 10-08',
  2021: '01-01 02-11 02-12 02-15 02-16 02-17 04-05 05-03 05-04 05-05 06-14 09-20 09-21 10-01 10-04 10-05 10-06 10-07',
  2022: '01-03 01-31 02-01 02-02 02-03 02-04 04-04 04-05 05-02 05-03 05-04 06-03 09-12 10-03 10-04 10-05 10-06 10-07',
  2023: '01-02 01-23 01-24 01-25 01-26 01-27 04-05 05-01 05-02 05-03 06-22 06-23 09-29 10-02 10-03 10-04 10-05 10-06',
  2024: '01-01 02-12 02-13 02-14 02-15 02-16 04-04 04-05 05-01 05-02 05-03 06-10 09-16 09-17 10-01 10-02 10-03 10-04 10-07',
  2025: '01-01 01-28 01-29 01-30 01-31 02-03 02-04 04-04 05-01 05-02 05-05 06-02 10-01 10-02 10-03 10-06 10-07 10-08',
  2026: '01-01 01-02 02-16 02-17 02-18 02-19 02-20 02-23 04-06 05-01 05-04 05-05 06-19 09-25 10-01 10-02 10-05 10-06 10-07',
};
const worked: Readonly<Record<string, string>> = {
  2020: '01-19 04-26 05-09 06-28 09-27 10-10',
  2021: '02-07 02-20 04-25 05-08 09-18 09-26 10-09',
  2022: '01-29 01-30 04-02 04-24 05-07 10-08 10-09',
  2023: '01-28 01-29 04-23 05-06 06-25 10-07 10-08',
  2024: '02-04 02-18 04-07 04-28 05-11 09-14 09-29 10-12',
  2025: '01-26 02-08 04-27 09-28 10-11',
  2026: '01-04 02-14 02-28 05-09 09-20 10-10',
};

/** Office hours and working days of the mainland, 2020 to 2026. A later year is plain weekends until its notice is added. */
export const chinaWorkingDays: CalendarData = {
  source: 'General Office of the State Council, yearly notices on public holidays',
  utcOffsetMinutes: 480,
  hours: [
    { from: '08:30', until: '12:00' },
    { from: '13:30', until: '17:30' },
  ],
  weekend: ['saturday', 'sunday'],
  holidays: datesOf(free),
  workdays: datesOf(worked),
};

function datesOf(years: Readonly<Record<string, string>>): string[] {
  return Object.entries(years).flatMap(([year, days]) =>
    days.split(' ').map((day) => `${year}-${day}`),
  );
}
