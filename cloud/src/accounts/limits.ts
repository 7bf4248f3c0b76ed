/** A session of staff ends this long after its start, and this long after its last request (ASVS 7.3). */
export const staffSessionHoursMax = 8;
export const staffIdleMinutesMax = 15;

/** A session of a holder ends this long after its start; their codes do not need one. */
export const holderSessionDaysMax = 30;

/** The last request of a session is written at most this often, so a session may end as much earlier. */
export const seenStepSeconds = 60;

/** Tries to sign in to one account, known or not, in one window; past it 429. */
export const accountTriesCountMax = 10;

/** Tries from one address in one window: an office of some dozen people stands behind one. */
export const addressTriesCountMax = 100;

/** The window of both. */
export const triesWindowMinutes = 10;

/** How long an invitation of a new colleague is good, and that of the first operator. */
export const invitationHoursMax = 72;

/** How long a request waits for a second operator. */
export const requestHoursMax = 24;

/** Operators up to which one is made on the server itself: two can make all others. */
export const firstOperatorsCountMax = 2;

/** Password lengths. The least is what NIST SP 800-63B-4 asks of a password beside a second factor, and more. */
export const passwordCharsMin = 12;
export const passwordCharsMax = 128;

/** A code of an authenticator lives for one step, and is taken one step early or late. */
export const totpStepSeconds = 30;

/** How long the use of a code is remembered: longer than it can be taken. */
export const totpUseMinutesMax = 5;

/** How long a challenge for the second factor waits. */
export const challengeMinutesMax = 5;

/** argon2id: memory, passes and lanes (OWASP: 19 MiB, 2, 1). */
export const argonMemoryKiB = 19 * 1024;
export const argonPassesCount = 2;
export const argonLanesCount = 1;

/** Longest Cookie header that is looked at. */
export const cookieCharsMax = 4096;

/** Divisions of one officer. */
export const areasCountMax = 64;
