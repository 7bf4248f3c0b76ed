/** Longest text that a scanner may hand over as a code; ours are under 400, a dense foreign one under 500. */
export const codeCharsMax = 512;

/** Deepest nesting of arrays and maps in our CBOR; a code and a manifest need three levels (THREATS T16). */
export const cborDepthMax = 4;

/** Length of one holder step (PROTOCOLS 1). */
export const stepMs = 30_000;

/** A gate accepts the current step and this many on either side, so a screenshot dies within 60 s. */
export const stepSkewCount = 1;

/** Longest JSON payload on the station's network (PROTOCOLS 2). */
export const mqttPayloadBytesMax = 4096;

/** A gate command is void after this long (PROTOCOLS 2). */
export const commandLifetimeMs = 2000;

/** Most events in one push (PROTOCOLS 4). */
export const passageBatchEventsCountMax = 1000;

/** Most rows of one request that brings evidence: a list, areas, journeys, what other regions say. */
export const evidenceRowsCountMax = 1000;

/** Most entries in one segment or tail answer. */
export const segmentEntriesCountMax = 200_000;

/** Most bytes of one segment: 17 a row in the first encoding, and its header. */
export const segmentBytesMax = 4 * 1024 * 1024;

/** Most parts of one snapshot, each a run of the keys. */
export const snapshotPartsCountMax = 256;

/** Most bytes of one manifest. */
export const manifestBytesMax = 1024 * 1024;

/** Most segments that one manifest lists: at up to 124 bytes each they fit `manifestBytesMax`. */
export const manifestSegmentsCountMax = 8000;

/** Most bytes of the checksums of a stream: 4 KiB of sums, and what is signed of them. */
export const digestsBytesMax = 8 * 1024;

/** Longest time that a tail request is held open (PROTOCOLS 3). */
export const tailWaitSecondsMax = 25;

/** Longest life of a signed gateway request (RFC 9421, PROTOCOLS 5). */
export const requestLifetimeSecondsMax = 60;

/** Readings outside this range are a sensor fault, not a person (HARDWARE 2). */
export const temperatureCentiCMin = 3000;
export const temperatureCentiCMax = 4500;

/** Points of a forehead offset by ambient, and samples of a stability gate, that a site profile may have. */
export const offsetPointsCountMax = 32;
export const gateSamplesCountMax = 32;

/** A rate of change is reckoned over no less than this: two messages may come in one packet. */
export const sampleGapMsMin = 100;

/** Samples further apart than this are not of one person. */
export const sampleGapMsMax = 2000;

/** Failed samples in a row that are only tried again; the next one is told as the instrument's fault. */
export const faultsUntoldCountMax = 2;

/** Somebody whose samples lie apart for so many lengths of the gate is told so. */
export const unsteadyGatesCountMax = 4;

/** Shortest and longest number of a document that is named as evidence. */
export const documentReferenceCharsMin = 4;
export const documentReferenceCharsMax = 64;

/** Most wrong rows of an import that a refusal names. */
export const problemRowsCountMax = 100;

/** Problems that the refusal of a pack lists; what is more is counted. */
export const packProblemsCountMax = 50;
