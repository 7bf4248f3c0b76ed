import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { z } from 'zod';

const anchorSchema = z.strictObject({
  epoch: z.int().positive(),
  seq: z.int().positive(),
  /** Of that row, hex. */
  hash: z.string().regex(/^[0-9a-f]{64}$/),
});

/** The newest row of the journal at some instant, kept beside it: rows cut off its end leave the chain whole, but not this. */
export type JournalAnchor = z.infer<typeof anchorSchema>;

/** Undefined where there is none, or where it cannot be read: then nothing is known, and nothing is claimed. */
export function readAnchor(file: string): JournalAnchor | undefined {
  try {
    return anchorSchema.safeParse(JSON.parse(readFileSync(file, 'utf8'))).data;
  } catch {
    return undefined;
  }
}

/** Whole or not at all. Not flushed: an older one that survives a crash is true as well. */
export function writeAnchor(file: string, anchor: JournalAnchor): void {
  const next = `${file}.next`;
  writeFileSync(next, JSON.stringify(anchor));
  renameSync(next, file);
}
