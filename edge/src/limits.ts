/** Longest wait for the disk before a lane goes on without its intent on it (ARCHITECTURE, journal deadline). */
export const journalWaitMsMax = 250;

/** Most events kept in memory for a disk that refuses them, about an hour of 16 lanes; past it the oldest are lost. */
export const keptEventsCountMax = 100_000;

/** How often a disk that refused is tried again when nothing new comes. */
export const keptRetryMs = 1000;

/** Most events that one group commit of the journal takes. */
export const journalBatchEventsCountMax = 256;

/** How long an outcome may wait for an intent to share its commit with: it is the second half of what is written. */
export const outcomeGatherMs = 100;

/** Acknowledged events that a crash may make the gateway send again. */
export const journalCursorLagRowsMax = 1000;

/** Acknowledged events kept on the gateway for the auditor; older ones are pruned. */
export const journalAckedRowsMax = 100_000;

/** Most rows that are pruned at once; twice what one push acknowledges, so that pruning keeps up. */
export const journalPruneRowsMax = 400;

/**
 * Events of the starts before that a start looks through, for passages that a crash left open and for codes that may
 * not open a second gate: sixteen lanes write 3,840 in `usedStepMs`, a passage a second and two events a passage.
 */
export const journalHistoryRowsMax = 4000;

/** Most events in one push; small enough that reading them never delays an intent. */
export const pushEventsCountMax = 200;

/**
 * How long events gather for one push. A push is signed, acknowledged and costs more than deciding on several people, and
 * nobody waits for it; a full one is followed by the next at once.
 */
export const pushGatherMs = 500;

/** How often the journal's chain is walked on, and by how many rows: less than a millisecond that an intent may wait. */
export const journalCheckMs = 250;
export const journalCheckRowsMax = 50;

/** How often the journal's newest row is noted beside it: what is cut off its end later than that is not missed. */
export const journalAnchorMs = 60_000;

/** How far the clocks of a cloud's processes may be apart: what they sign at once may come in either order. */
export const segmentSkewMsMax = 60_000;

/** Rows of a segment that one transaction of the replica takes, and the pause after it. */
export const replicaSliceRowsMax = 1000;

/** A large segment is applied in about so many slices of more rows: they lie closer together, in fewer pages. */
export const replicaDenseSlicesCount = 100;
export const replicaDenseSliceRowsMax = 2000;

/** The pause after a slice. */
export const replicaSlicePauseMs = 15;

/** Shortest and longest wait before the cloud is tried again, before jitter. */
export const retryDelayMsMin = 500;
export const retryDelayMsMax = 10_000;

/** How long a tail request is held by the cloud, and how long the gateway waits for the whole answer. */
export const tailWaitSeconds = 25;
export const tailTimeoutMs = 35_000;

/** A live line on which nothing came for so long is given up; the cloud sends a heartbeat every 20 s. */
export const lineSilentMsMax = 45_000;

/** Longest event of a live line: a segment in base64, and its name. */
export const lineEventCharsMax = 6 * 1024 * 1024;

/** A gateway whose line broke comes back at a random time within this: ten thousand that come at once are ten seconds of work. */
export const lineSpreadMsMax = 10_000;

/** Longest time for any other request to the cloud, to the last byte. */
export const requestTimeoutMs = 10_000;

/** Most bytes of an answer that is neither manifest nor segment. */
export const answerBytesMax = 64 * 1024;

/** A turnstile's own time to pass is 5 s (HARDWARE 3); past this the lane stops waiting for word of it. */
export const grantMsMax = 7000;

/** A passage that has not ended by then has stalled (HARDWARE 3). */
export const passingMsMax = 30_000;

/** A code shown behind somebody who takes longer than this to go through is forgotten: shown again, it counts. */
export const nextScanMsMax = 10_000;

/** One code read again on one lane within this time is one scan (HARDWARE 1: scanners repeat). */
export const sameCodeMs = 2000;

/** Longest way of a sample from the sensor to the lane: so long after a change of people it may be of the one before. */
export const readingLateMsMax = 300;

/** One line of log a lane in this time, however much noise its scanner makes. */
export const noiseLogMs = 10_000;

/** How long a used holder step is remembered: longer than any gate accepts it. */
export const usedStepMs = 120_000;

/** Most used steps remembered: 16 lanes at 60 a minute for the time above, four times over. */
export const usedStepsCountMax = 8000;

/** A wall clock this far behind signed or persisted time is not believed. */
export const clockSkewMsMax = 60_000;

/** A wall clock this far ahead of signed time is left aside: an answer may have been on its way for a while. */
export const clockAheadMsMax = 300_000;

/** A wall clock that was left aside is believed again within so much of the two limits above. */
export const clockReturnPercent = 50;

/** Signed time seen within this long makes a clock trusted. */
export const clockTrustMsMax = 24 * 3600 * 1000;

/** How long after the lanes the rest starts: the replica's thread, the cloud, the panel. Reading programs would hold up the first people. */
export const restDelayMs = 250;

/** How long the panel waits for the journal to say how it stands, before it shows what was known last. */
export const panelWaitMsMax = 500;

/** Most lines of one GPIO chip; a Raspberry Pi has 58. */
export const gpioLinesCountMax = 1024;

/** Most lanes of one gateway, and most devices of its network. */
export const lanesCountMax = 64;
export const devicesCountMax = 512;

/** Decisions kept for the panel's latency figures. */
export const latencySamplesCountMax = 4096;

/**
 * Most statuses sealed as one leaf of the replica, and how many a leaf gets when many are loaded at once: five such
 * fill a page of 4 KiB, and a leaf of the greatest size costs a lane about a microsecond to check.
 */
export const leafRowsCountMax = 48;
export const leafRowsLoadedCountMax = 40;

/** Leaves that one step of a sweep or a scrub looks at. */
export const leavesLookedAtCountMax = 256;

/** How often the replica is read through, and the least time between two readings that lanes asked for. */
export const scrubEveryMs = 24 * 3600 * 1000;
export const scrubAgainMsMin = 60_000;

/** How often it is looked whether a reading is due; the first is this long after the start. */
export const scrubLookMs = 1000;

/**
 * Rows whose checksums one call takes, some 5 ms; a bucket is taken whole. The pause between two calls, in which what
 * came meanwhile is applied.
 */
export const digestSliceRowsMax = 20_000;
export const digestPauseMs = 15;

/** Buckets read for one check, those that changed meanwhile again: past it the stream has no time for a check now. */
export const digestCallsCountMax = 4096;

/** How often checksums are compared with the cloud's; the first time within this long of the start, so that not all come at once. */
export const checkEveryMs = 24 * 3600 * 1000;
export const checkFirstMsMax = 3600 * 1000;

/** How soon after something was wrong, and how soon again where a check could not be made or had to mend. */
export const checkSoonMsMax = 60_000;
export const checkAgainMs = 300_000;

/** How often it is looked whether a check is due. */
export const checkLookMs = 1000;

/** How often checksums that the cloud is still making are asked for, and how long is waited in between. */
export const checkAsksCountMax = 10;
export const checkAskAgainMs = 30_000;

/** So many ends that nobody asked for within this long, and a gateway starts with what it needs to decide only. */
export const crashesForSafeModeCount = 3;
export const crashWindowMs = 300_000;

/** How long safe mode holds the rest back; twice as long each time that it did not help. */
export const safeModeMsMin = 60_000;
export const safeModeMsMax = 3600 * 1000;
export const safeStartsCountMax = 1000;

/** How long a file is tried in another process before it is looked whether that one is stuck in it. */
export const fileTrialMsMax = 5000;

/** How often the service manager is told how the gateway stands, where it does not say how often it wants to hear. */
export const watchdogEveryMs = 10_000;

/** Longest time that a clean end may take; past it the process ends anyway, and its files are still whole. */
export const stopMsMax = 5000;

/** Most events in a row that the journal may have lost in its middle; more of them are numbers that are wrong. */
export const lostEventsCountMax = 1000;

/** How often the loop's lag is sampled for metrics; every sample wakes the thread, and is no shorter than this. */
export const loopSampleMs = 100;
