/** How long a statement waits for a lock that another process holds. */
export const busyTimeoutMs = 5000;

/** Pages that the writing connection keeps: a score of everybody comes back to the same parts of each index. */
export const writerCacheBytesMax = 64 * 1024 * 1024;

/** The WAL is cut back to this after a checkpoint. */
export const journalBytesMax = 64 * 1024 * 1024;

/** Distinct statements that stay prepared; ours are fewer. Past it libSQL prepares all anew, PostgreSQL no more. */
export const preparedStatementsCountMax = 500;

/** Expired nonces that one request sweeps away. */
export const nonceSweepRowsMax = 100;

/** Tries for a pseudonym whose 64-bit prefix is free; past it something is broken. */
export const pseudonymTriesCountMax = 8;

/** How long a segment that another replaced is still served, to those who hold an old manifest. */
export const replacedSegmentMinutesMax = 60;

/** Transactions that share one commit of a libSQL file. */
export const commitWorksCountMax = 64;

/** Connections of one process to PostgreSQL, how long a request waits for one, and when an idle one is closed. */
export const poolConnectionsCountMax = 10;
export const poolWaitMsMax = 10_000;
export const poolIdleMsMax = 30_000;

/** Times that a transaction is tried when PostgreSQL asks for another try. */
export const transactionTriesCountMax = 5;

/** Rows of one INSERT; what is more goes into the next. */
export const insertRowsCountMax = 64;

/** Parts of a job: as many processes at most work on it at a time. One for each first digit of a holder's id. */
export const jobPartsCount = 16;

/** How often PostgreSQL is sent a statement before it is prepared. */
export const preparedStatementUsesCountMin = 3;

/** Expired idempotency keys that one request sweeps away. */
export const expiredKeysRowsMax = 100;

/** How long rows are kept (DOMAIN 8). What a colour stands on outlives `packDaysMax`, the longest hold of a pack. */
export const passagesKeptDaysMax = 14;
export const deadLettersKeptDaysMax = 30;
export const noticesKeptDaysMax = 90;
export const evidenceKeptDaysMax = 400;

/** What one transaction of a clearing deletes of each kind. */
export const pruneRowsMax = 1000;

/** Days with a report that are counted for an entry of a list: no hold of a pack is longer. */
export const reportedDaysCountMax = 366;

/** Versions of the policy, the newest, in which the fever line of an event is looked up. */
export const policiesCountMax = 20;

/** Longest statement, and longest silence within a transaction, on PostgreSQL. A migration is no longer than that. */
export const statementMsMax = 60_000;
