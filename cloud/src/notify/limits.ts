/** Attempts of one notice; past them it is dead. With the waits between them they span about 24 hours. */
export const noticeAttemptsCountMax = 15;

/** The wait after the first failure, which doubles with each, and the longest. Chance makes it a quarter shorter or longer. */
export const noticeRetryMsMin = 30_000;
export const noticeRetryMsMax = 4 * 3_600_000;

/** How long a notice is one sender's own; longer than any channel takes. Past it, as after a crash, another sends it again. */
export const noticeLeaseMsMax = 90_000;

/** Notices that one sender sends at a time. */
export const noticesClaimedCountMax = 16;

/** Rows of one page of notices or targets. */
export const noticeRowsMax = 500;
export const noticeRowsDefault = 50;
