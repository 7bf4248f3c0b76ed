/** Most lanes, and most passages a minute on one, that a station is asked for. */
export const lanesCountMax = 16;
export const passagesPerMinuteMax = 120;

/** A person is not shown again within this: two steps, so that no gate can have seen the code before. */
export const personRestMsMin = 65_000;

/** How long a passenger stands before a silent gate. Longer than any gate waits for a thermometer. */
export const patienceMsMax = 6000;

/** How long a message may wait for its PUBACK. */
export const pubackMsMax = 2000;

/** Pulse mode: a grant lasts this long, and a passage that takes longer has stalled (HARDWARE 3). */
export const grantMsMax = 5000;
export const passageMsMax = 30_000;

/** Nonces that a turnstile remembers: far more than fit into the life of a command. */
export const noncesCountMax = 4096;

/** Shortest and longest wait before a device tries the broker again, before jitter. */
export const reconnectMsMin = 150;
export const reconnectMsMax = 2000;

/** A lane is left alone for this long after its gateway came up: the serial port may open last. */
export const settleMsMin = 300;

/** People who would wait longer than this for a lane go elsewhere. */
export const queueMsMax = 10_000;

/** A code that opened a gate is tried again by a friend within this time, but not at once. */
export const passbackMsMin = 2500;
export const passbackMsMax = 20_000;
