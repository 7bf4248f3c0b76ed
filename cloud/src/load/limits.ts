/** How long one turn of the event loop may have worked when a request of a class begins; past it the class is shed. For a burst. */
export const vitalTurnMsMax = 1000;
export const writeTurnMsMax = 400;
export const readTurnMsMax = 330;
export const otherTurnMsMax = 170;

/** The same while the loop is strained: a standing queue would only be delay. */
export const strainedWriteTurnMsMax = 100;
export const strainedReadTurnMsMax = 70;
export const strainedOtherTurnMsMax = 20;

/** Under strain these shrink with what the turn before spent on refusing: with so many milliseconds of it to this part of them. */
export const refusingTurnMsMax = 200;
export const leastWorkPercent = 10;

/** What a turn puts off to its end is done after so long, whether or not it has ended. */
export const longTurnMsMax = 100;

/** A turn that worked for longer than this is a long one; long ones for so long, or calm ones for so long, begin and end the strain. */
export const calmTurnMsMax = 75;
export const strainMs = 200;

/** Most requests in progress, gateways' reserve aside; and the least that the limit for writes falls to while the database is slow. */
export const inProgressCountMax = 128;
export const inProgressCountMin = 16;

/** With fewer in progress than this a turn's end says nothing of what each of them costs, and as many are always let in. */
export const commitShareCountMin = 32;

/** Places that only gateways may take, however many others are in progress. */
export const vitalReserveCount = 64;

/** In per cent of the limit for writes: how many reads, and how many of the rest, may be in progress. */
export const readSharePercent = 80;
export const otherSharePercent = 50;

/** While the limit is reached it follows what was finished in a window, so that a request waits about this long. */
export const limitWindowMs = 100;
export const waitTargetMs = 250;

/** `Retry-After` of a shed request lies between, at random, so that those who were shed do not come back at once. */
export const retryAfterSecondsMin = 2;
export const retryAfterSecondsMax = 10;

/** A caller's requests: so many at once, and so many a second for ever. Past it 429 `rate-limited`. */
export const holderBurstCount = 60;
export const holderRequestsPerSecond = 1;
export const staffBurstCount = 1000;
export const staffRequestsPerSecond = 500;
export const gatewayBurstCount = 500;
export const gatewayRequestsPerSecond = 50;

/**
 * Requests of one caller that may be in progress at once: slow bodies of a few must not fill the places of all. `person`
 * is staff who signed in, each in a browser; `staff` is a service's token.
 */
export const holderAtOnceCountMax = 4;
export const personAtOnceCountMax = 8;
export const staffAtOnceCountMax = 64;
export const gatewayAtOnceCountMax = 32;

/**
 * Requests that may be in progress at once of whom nobody can know: of one address, and of all. They sign in; the rest
 * of the places is for those who have. And of one address that asks whether we are well.
 */
export const strangerAtOnceCountMax = 16;
export const strangersAtOnceCountMax = 48;
export const proberAtOnceCountMax = 8;

/** Failed credentials of one address; past it 429 in place of 401, and no priority. A neighbour's valid token still works. */
export const failureBurstCount = 60;
export const failuresPerSecond = 1;

/** Callers and addresses that are remembered; past it the one not seen for longest is forgotten. */
export const callersCountMax = 200_000;
export const addressesCountMax = 50_000;
