import type { StreamName } from '@greengate/contracts/replica/streams';
import { LIVE_END, type LiveEnd } from '@greengate/contracts/wire/live';

/** A segment as one event, ready for the wire: made once, and the same memory is written to everybody. */
export function liveFrame(stream: StreamName, segment: Uint8Array): Uint8Array {
  const data = Buffer.from(segment.buffer, segment.byteOffset, segment.length).toString('base64');
  return Buffer.from(`event: ${stream}\ndata: ${data}\n\n`, 'latin1');
}

/** The last event of a line that the cloud ends. */
export function endFrame(why: LiveEnd): Uint8Array {
  return Buffer.from(`event: ${LIVE_END}\ndata: ${why}\n\n`, 'latin1');
}
