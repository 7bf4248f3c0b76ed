import { unpackEvent } from '@greengate/contracts/journal/packed-event';
import { encodeEvent, type PassageRow } from '@greengate/contracts/wire/passage';
import Database from 'libsql';
import { z } from 'zod';

/** One event as one side holds it. `payload` is the deterministic encoding, as hex. */
export interface HeldEvent {
  readonly epoch: number;
  readonly seq: number;
  readonly kind: 'intent' | 'outcome' | 'alarm';
  readonly passage: string | null;
  readonly payload: string;
}

const rowSchema = z.object({
  epoch: z.int().positive(),
  seq: z.int().positive(),
  // libsql answers a BLOB as an ArrayBuffer or as a Buffer, depending on how it was asked.
  payload: z
    .union([z.instanceof(Uint8Array), z.instanceof(ArrayBuffer)])
    .transform((blob) => new Uint8Array(blob)),
});

/** Reads a gateway's journal.db, which nobody else has open any more. */
export function readJournal(file: string): HeldEvent[] {
  const db = new Database(file, { readonly: true });
  try {
    const rows = db.prepare('SELECT epoch, seq, payload FROM journal ORDER BY id').all();
    return rows.map((row) => {
      const { epoch, seq, payload } = rowSchema.parse(row);
      const event = unpackEvent(payload, seq);
      if (event === undefined) throw new Error('a journal row is no event');
      return heldOf(epoch, event);
    });
  } finally {
    db.close();
  }
}

/** A row of the cloud, in the same shape. */
export function fromCloud({ epoch, event }: PassageRow): HeldEvent {
  return heldOf(epoch, event);
}

function heldOf(epoch: number, event: PassageRow['event']): HeldEvent {
  const payload = Buffer.from(encodeEvent(event)).toString('hex');
  return { epoch, seq: event.seq, ...described(event), payload };
}

function described(event: PassageRow['event']): Pick<HeldEvent, 'kind' | 'passage'> {
  return { kind: event.kind, passage: event.kind === 'alarm' ? null : event.passage };
}
