import { codeCharsMax, mqttPayloadBytesMax } from '@greengate/contracts/limits';

/** Longest MQTT topic: ours are under 125 (three labels of 32); a longer one is refused. */
export const topicBytesMax = 128;

/** Most levels of a topic filter: ours have 6; past it the client is closed (the matcher has a limit of its own). */
export const topicLevelsMax = 16;

/** Most topic filters in one SUBSCRIBE or UNSUBSCRIBE; a device needs one. Past it the client is closed. */
export const filtersCountMax = 8;

/** Largest packet before a CONNECT was accepted: id, name, password and a will. Past it the socket is closed. */
export const connectBytesMax = 1024;

/** Largest packet of a known device; past it the client is closed. */
export const packetBytesMax = 2 * mqttPayloadBytesMax;

/** From accepting a socket to the CONNACK; past it the socket is closed. */
export const connectMsMax = 5000;

/** Packets of one client that wait for the broker; past it the socket is not read. Node has other defaults. */
export const brokerUnreadBytesMax = 16 * 1024;

/** A client that leaves more than this unread is closed; nobody waits for it. */
export const unsentBytesMax = 256 * 1024;

/** What aedes itself gives a client that does not read; the guard is there first. */
export const drainMsMax = 1000;

/** Longest keep-alive honoured. A client that asks for more, or for none, is closed after 1.5 times this. */
export const keepAliveSecondsMax = 60;

/** Most packets that one client may send in a second; past it the client is closed. */
export const packetsPerSecondMax = 500;

/** Most sockets on the broker's port, and from one address. Past it the oldest one without a CONNACK gives way. */
export const socketsCountMax = 768;
export const socketsPerAddressCountMax = 640;

/** A wrong password is answered after this long, so that a socket guesses once in that time (ETSI 5.1-5). */
export const refusalDelayMs = 500;

/** One line of log a reason in this time, however many refusals. */
export const refusalLogMs = 1000;

/** Most orders that one turnstile may owe an answer for; past it an order is refused as `lane-busy`. */
export const ordersPendingCountMax = 8;

/** Longest line of a serial scanner: a code and the scanner's own prefix and suffix of 15 each (HARDWARE 1). */
export const scanLineBytesMax = codeCharsMax + 32;

/** A silence of this long inside a line drops what came before it: noise must not glue to the next code. */
export const scanIdleMsMax = 250;

/** Delay before a lost serial port is opened again: doubles from the first to the second (THREATS F10). */
export const reopenDelayMsMin = 250;
export const reopenDelayMsMax = 2000;

/** How often an open serial port is asked whether its line still stands; so long may a loss go unseen. */
export const lineCheckMs = 1000;

/** Length of the grant pulse; controllers ask for 100 ms or more (HARDWARE 3). */
export const grantPulseMs = 150;

/** How long a person has to enter after a grant in pulse mode (HARDWARE 3). */
export const grantWindowMs = 5000;

/** A PASS contact open for longer is a stalled arm or a broken wire: the turnstile is out of order (HARDWARE 3). */
export const stallMs = 30_000;

/** A contact must hold a level for this long to count: relays bounce. */
export const bounceMs = 20;

/** How long the sign shows a refusal or a referral. */
export const signMs = 3000;

/** An output that could not be put to rest is tried again after this long, until it is. */
export const restRetryMs = 250;

/** Most bytes of data in a reply of a scanner; versions are under 20. */
export const replyDataBytesMax = 24;

/** The same of a GM65, of which two are read at once: a reply may begin anywhere there, and each beginning is looked at. */
export const gm65DataBytesMax = 4;

/** Longest reply of a scanner: its data and a frame of 6. */
export const replyBytesMax = replyDataBytesMax + 6;

/** A line that has just been opened must be quiet for this long, or what comes is the rest of something. */
export const scanQuietMs = 50;

/** Longest time that a line may be asked to hold a level before it is told. */
export const debounceMsMax = 250;

/** A line that does not hold still is told after this long all the same, as one whose edges were lost. */
export const unsettledMsMax = 1000;

/** How often an input is read without being asked: an edge that the kernel never told is seen so late at most. */
export const rereadMs = 500;

/** An edge that has not been told this long after its level was read is lost. */
export const edgeLateMs = 100;

/** Most chips that are looked at; a Raspberry Pi has at most six. */
export const gpioChipsCountMax = 64;

/** How often an I2C thermometer is asked; its chips measure two to ten times a second. */
export const thermometerSampleMs = 250;

/** One sample of it takes a few milliseconds; past this the bus is stuck, and is told so until it comes back. */
export const thermometerSampleMsMax = 1000;

/** Nothing that a sensor says is believed for this long after it came to answer: its filters settle (HARDWARE 2). */
export const thermometerSettleMs = 2000;

/** Samples in a row without anything new; past it the sensor has stopped measuring. */
export const thermometerPendingCountMax = 8;

/** A line that never is quiet after it was opened is used all the same after this long. */
export const scanQuietMsMax = 500;

/** A scanner answers a command within this long of its last byte, and within the second of the command, or not at all. */
export const scannerAnswerMs = 200;
export const scannerAnswerMsMax = 1000;

/** How often a scanner that answers is asked whether it is there, and how many answers may be missing. */
export const heartbeatMs = 800;
export const heartbeatsMissedCountMax = 2;

/** How often the settings of a scanner are read back while it runs: somebody may have reset it by hand. */
export const settingsCheckMs = 60_000;

/** How often a setting is written that was read back as something else. */
export const settingTriesCountMax = 3;

/** A code that stays before a scanner is told again after this long. */
export const sameCodeAgainMs = 5000;

/** How often a scanner that reads only when told to is told, while nothing is read. */
export const triggerAgainMs = 4000;

/** So many lines in a row that are noise or not ASCII come from another line speed. */
export const garbledLinesCountMax = 5;

/** A scanner that does not answer is asked at all speeds again after this long, twice as long each time. */
export const searchAgainMsMin = 5000;
export const searchAgainMsMax = 300_000;

/** Where nothing follows a code, this long a silence ends it: a USB adapter hands bytes on every 16 ms. */
export const scanEndMs = 60;
