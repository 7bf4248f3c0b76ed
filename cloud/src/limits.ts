/** Largest request body of any route but passages; past it 413. A list import of 1,000 rows is under 64 KiB. */
export const bodyBytesMax = 256 * 1024;

/** Largest body of POST /v1/passages as sent, and after inflating; past either 413. A batch of 1,000 is 0.4 MiB. */
export const passagesBodyBytesMax = 1024 * 1024;
export const passagesInflatedBytesMax = 2 * 1024 * 1024;

/** Longest `Authorization` and `Signature-Input` that are looked at; longer ones are no credentials of ours. */
export const bearerCharsMax = 256;
export const signatureInputCharsMax = 512;

/** How far a gateway's clock may be off when it signs; past it 401 `request-expired`. */
export const requestSkewSecondsMax = 60;

/** Rows of one tail answer; the rest comes by the next. */
export const tailEntriesCountMax = 10_000;

/** Tails held open by one process, and by one gateway; past either 503 `overloaded`. */
export const tailsHeldCountMax = 20_000;
export const tailsHeldPerGatewayCountMax = 8;

/** The same of one relay: what those whom it asks for have in common, and who is behind. */
export const tailsHeldPerRelayCountMax = 60;

/** Live lines of one process, and of one gateway; past either 503 `overloaded`. */
export const liveLinesCountMax = 20_000;
export const liveLinesPerGatewayCountMax = 4;

/** Bytes that a live line may owe to a client that does not read; past it the line is cut. What is owed is shared memory. */
export const liveUnsentBytesMax = 1024 * 1024;

/** How often whoever follows live hears that there is nothing new. Who has read nothing between two of these is cut. */
export const liveHeartbeatMs = 20_000;

/** Lines that are written to in one turn of the event loop: some 10 ms. */
export const liveTurnLinesCount = 1000;

/** The pause of a stream between two times of writing to all its lines; in between, as long as the first took. */
export const livePauseMsMin = 20;
export const livePauseMsMax = 1000;

/** Tail answers that are kept, so that all who are caught up get the same bytes. */
export const tailAnswersCountMax = 256;

/** A manifest is signed anew after this long, so its signed time tells a gateway that the cloud is alive. */
export const manifestAgeMsMax = 30_000;

/** Segments of a level that are merged into one of the next: 60 minutes an hour, 24 hours a day. */
export const minuteSegmentsCountMax = 60;
export const hourSegmentsCountMax = 24;

/** Holders whose status one transaction writes; between two the event loop is let go. */
export const rescoreHoldersCountMax = 200;

/** Holders of one slice of a job: one transaction, whose write to the disk they share; some 60 ms of the main thread. */
export const sliceHoldersCountMax = 1000;

/** How long a process may be silent about a part of a job, or about sealing, before another goes on with it. */
export const leaseMsMax = 30_000;

/** Rows of one page of GET /v1/passages. */
export const pageRowsMax = 1000;
export const pageRowsDefault = 100;

/** Length of a pseudonym epoch (PROTOCOLS 1). */
export const pseudonymEpochDays = 14;

/** Longest life of a phone code and of a paper one, unless its status ends before. */
export const phoneCodeHoursMax = 24;
export const paperCodeDaysMax = 7;

/** What is kept of an event that cannot be read. */
export const poisonBytesMax = 4096;

/** How long the head of a request may take to come, and all of it; past either 408 and the connection is closed. */
export const headMsMax = 5000;
export const requestMsMax = 15_000;

/** How often these two are looked at: a slow request is cut that much later. */
export const timeCheckMs = 1000;

/** A connection on which nothing moves in either direction for so long is closed; a held tail ends well before. */
export const idleMsMax = 60_000;

/** Longest head of a request; past it 400. */
export const headBytesMax = 8 * 1024;

/** Connections of one process, and from one address; past either a new one is closed at once. Tails need most of them. */
export const connectionsCountMax = 25_000;
export const connectionsPerAddressCountMax = 1000;

/** Requests that one connection may have sent ahead of their answers; past it 429 `too-busy`. */
export const requestsPerConnectionCountMax = 16;

/** A longer body of a request that is shed is not read past: the connection is closed instead. */
export const shedBodyBytesMax = 16 * 1024;

/** How old an answer of the database may be that /healthz passes on. */
export const pingAgeMsMax = 1000;

/** How long an answer is kept for whoever repeats a write, and the longest that is. */
export const idempotencyHoursMax = 24;
export const idempotentAnswerBytesMax = 64 * 1024;

/** Longest query of an identity provider's answer that is passed on. */
export const callbackQueryCharsMax = 4096;

/** Applications and appeals that one turn of due work moves before it looks again. */
export const dueRowsMax = 200;

/** Largest body of POST /v1/packs, and how long checking one may take. A pack of 500 rules is under 0.5 MiB. */
export const packBodyBytesMax = 1024 * 1024;
export const packCheckMsMax = 10_000;

/** Packs, and changes of what is in force, that GET /v1/packs lists. */
export const packsListedCountMax = 200;

/** Compiled editions that a process keeps: what is in force, what is on its way, and those of a change just made. */
export const editionsKeptCountMax = 4;

/** How old an impact report may be when its pack is approved, and when it is activated. */
export const impactAgeHoursMax = 24;

/** Divisions that an impact report names, people that it shows, and the count below which it says nothing (THREATS T28). */
export const impactDivisionsCountMax = 20;
export const impactSampleCountMax = 20;
export const impactCellCountMin = 10;

/**
 * A rollout halts when more turn red, or green, than its impact report foretold for as many holders, by more than
 * this share of them and more than this many.
 */
export const rolloutMarginPerMille = 5;
export const rolloutMarginCount = 10;

/** Running jobs that are looked through for one like the one that is asked for. */
export const jobsLookedThroughCountMax = 50;

/** Slices of `rescoreHoldersCountMax` that a request for area risk scores itself; the rest is due work. */
export const areaSlicesAtOnceCountMax = 10;

/** How long a declaration waits for other regions' platforms, and how many of their statuses are kept. */
export const elsewhereWaitMsMax = 2000;
export const elsewhereStatusesCountMax = 100;

/** A first try that has not ended by then is taken for dead: far longer than any handler takes. */
export const idempotencyStaleMsMax = 600_000;

/** When somebody who could not be scored is tried again. */
export const unscoredMsMax = 3_600_000;

/** Sealed changes that are worth a new snapshot, and the rows that one of its parts should have. */
export const snapshotChangesCountMin = 200_000;
export const snapshotPartRowsCount = 80_000;

/** Public keys that are kept imported: those of the gateways that ask, about 700 bytes each. */
export const importedKeysCountMax = 20_000;

/**
 * Changes past the newest snapshot that are gone through to say how a stream stood at a version: twice as many as a
 * snapshot waits for. Past it 503 `overloaded`, until there is a newer snapshot.
 */
export const digestChangesCountMax = 500_000;

/** How long a request for checksums is held while they are made; past it 503 `overloaded`, and they are there for the next. */
export const digestWaitMsMax = 2000;

/** Versions that wait for their checksums at once, and how many are kept, 4 KiB each. */
export const digestsWaitingCountMax = 256;
export const digestsKeptCountMax = 256;

/** After looking at a whole stream so many times as long is for others: nobody waits for checksums. */
export const digestRestTimesCount = 9;

/** How long it is kept how a stream stood, for who fetches one bucket after the other. */
export const digestViewMsMax = 60_000;
