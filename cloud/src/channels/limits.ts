/** How long a webhook may take, from the look-up of its name to the head of its answer. */
export const webhookMsMax = 10_000;

/** What is read of a webhook's answer before the connection is cut; none of it is kept. */
export const webhookAnswerBytesMax = 16 * 1024;

/** How long handing one mail to the server may take, and how long the server may be silent within that. */
export const mailMsMax = 30_000;
export const mailSilenceMsMax = 10_000;
