/** Times that a request is sent before the server counts as gone. */
export const apiTriesCountMax = 5;

/** Pause after the first time without an answer; it doubles from time to time. */
export const apiRetryMs = 500;

/** Longest `Retry-After` that is waited for; a longer one counts as this. */
export const apiRetryAfterSecondsMax = 60;

/** Largest answer that is read: an explanation or a page of the audit log is far under it. */
export const apiAnswerBytesMax = 16 * 1024 * 1024;

/** Faults of an import file that are listed; the rest are counted. */
export const importProblemsCountMax = 1000;

/** Pause between two looks at a running job. */
export const jobPollMs = 500;

/** Longest line of an exported audit log. */
export const auditLineBytesMax = 64 * 1024;

/** Entries of the audit log that one request asks for. */
export const auditPageRows = 1000;
