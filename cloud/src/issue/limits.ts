/** Longest calendar: days off, and days worked in exchange, of some 50 years. */
export const calendarDatesCountMax = 1000;

/** Longest run of days off that a calendar may hold: more is a mistake in the data. */
export const calendarFreeDaysMax = 100;

/** Longest time that a colour set by hand may stand (DOMAIN 3); no installation may allow more. */
export const overrideDaysMax = 14;

/** Rows of a holder's own lists, and of the alarms: the newest. */
export const ownRowsMax = 100;
