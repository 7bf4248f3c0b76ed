import { fromHex, toHex } from '../bytes.ts';
import { COLOURS } from '../code/colour.ts';
import { replicaKeySchema } from '../ids.ts';
import { segmentEntriesCountMax } from '../limits.ts';
import { ok, type Result, refuse } from '../result.ts';
import { epochMs } from '../time.ts';
import type { StatusEntry } from './status-entry.ts';

// One row: key (8) | ver - from, u32 | valid_until in seconds, u32 | colour and next colour, 2 bits each.
const ROW_BYTES = 17;

/**
 * The encoding of a tail: rows of fixed width, sorted by key, one row a key.
 * Throws RangeError on a version that no 32-bit distance from `from` reaches.
 */
export function encodeFixedBody(entries: readonly StatusEntry[], from: number): Uint8Array {
  const sorted = [...entries].sort((a, b) => (a.key < b.key ? -1 : 1));
  const body = new Uint8Array(sorted.length * ROW_BYTES);
  const view = new DataView(body.buffer);
  sorted.forEach((entry, i) => {
    const at = i * ROW_BYTES;
    const distance = entry.ver - from;
    if (distance < 1 || distance > 0xffff_ffff) throw new RangeError(`version ${entry.ver}`);
    body.set(fromHex(entry.key), at);
    view.setUint32(at + 8, distance);
    view.setUint32(at + 12, entry.validUntil / 1000);
    view.setUint8(
      at + 16,
      COLOURS.indexOf(entry.colour) | (COLOURS.indexOf(entry.nextColour) << 2),
    );
  });
  return body;
}

/** Refuses (`segment-malformed`) unless keys strictly rise and every version lies within the segment. */
export function decodeFixedBody(body: Uint8Array, from: number, to: number): Result<StatusEntry[]> {
  const count = body.length / ROW_BYTES;
  if (!Number.isInteger(count) || count > segmentEntriesCountMax)
    return refuse('segment-malformed');
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  const entries: StatusEntry[] = [];
  let last = '';
  for (let at = 0; at < body.length; at += ROW_BYTES) {
    const key = replicaKeySchema.parse(toHex(body.subarray(at, at + 8)));
    const ver = from + view.getUint32(at + 8);
    const bits = view.getUint8(at + 16);
    const colour = COLOURS[bits & 3];
    const nextColour = COLOURS[(bits >> 2) & 3];
    if (key <= last || ver <= from || ver > to || bits > 15 || !colour || !nextColour) {
      return refuse('segment-malformed');
    }
    last = key;
    entries.push({
      ver,
      key,
      colour,
      nextColour,
      validUntil: epochMs(view.getUint32(at + 12) * 1000),
    });
  }
  return ok(entries);
}
