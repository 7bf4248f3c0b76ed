import type { Prng } from '../../dist/prng.js';

/** Files of a data folder that a disk may damage. */
export const FILES = [
  ...['journal.db', 'journal.db-wal', 'journal.db-shm', 'journal.db.head', 'journal.db.epoch'],
  ...['replica.db', 'replica.db-wal', 'replica.db-shm', 'replica.key'],
  ...['start.json', 'part-region-330100', 'gateway.key'],
] as const;
export type DamagedFile = (typeof FILES)[number];

const KINDS = ['cut', 'flipped', 'zeroed', 'torn', 'garbage', 'stale', 'gone', 'empty'] as const;

/** What happens to one file. */
export interface Damage {
  readonly file: DamagedFile;
  readonly kind: (typeof KINDS)[number];
}

// Databases and their WALs are what the disk writes most.
const LIKELY = ['journal.db', 'journal.db-wal', 'replica.db', 'replica.db-wal'] as const;

/** One file, and of each fifth case two. */
export function drawDamages(prng: Prng): Damage[] {
  const one = (): Damage => ({
    file: prng.below(4) > 0 ? prng.pick(LIKELY) : prng.pick(FILES),
    // Flips and cuts are what disks and power cuts do; the others come with them.
    kind: prng.below(2) === 0 ? prng.pick(['cut', 'flipped']) : prng.pick(KINDS),
  });
  const first = one();
  const second = one();
  return prng.below(5) === 0 && second.file !== first.file ? [first, second] : [first];
}

/** `stale`: the same file a while earlier. Undefined: it is not there any more. */
export function damaged(
  bytes: Buffer,
  stale: Buffer | undefined,
  kind: Damage['kind'],
  prng: Prng,
): Buffer | undefined {
  const copy = Buffer.from(bytes);
  if (kind === 'gone') return undefined;
  if (kind === 'empty' || copy.length === 0) return Buffer.alloc(0);
  const at = prng.below(copy.length);
  switch (kind) {
    case 'cut':
      return copy.subarray(0, at);
    case 'flipped':
      for (let flips = 1 + prng.below(8); flips > 0; flips--) {
        // The head of a file, where a few bits decide on everything, as often as all the rest.
        const place = prng.below(prng.below(2) === 0 ? Math.min(copy.length, 1024) : copy.length);
        copy[place] = (copy[place] ?? 0) ^ (1 << prng.below(8));
      }
      return copy;
    case 'zeroed':
      return copy.fill(0, at, Math.min(copy.length, at + 1 + prng.below(8192)));
    case 'garbage':
      for (let n = 1 + prng.below(64); n > 0; n--) copy[(at + n) % copy.length] = prng.below(256);
      return copy;
    case 'torn':
      return torn(copy, stale ?? copy, prng);
    case 'stale':
      return stale ?? copy;
  }
}

const SECTOR = 512;

/** Some sectors are of before, as a disk leaves them that wrote a part of what it was given. */
function torn(copy: Buffer, stale: Buffer, prng: Prng): Buffer {
  for (let n = 1 + prng.below(8); n > 0; n--) {
    const sector = prng.below(Math.ceil(copy.length / SECTOR)) * SECTOR;
    const from = stale === copy ? prng.below(Math.ceil(copy.length / SECTOR)) * SECTOR : sector;
    if (from < stale.length) stale.copy(copy, sector, from, Math.min(from + SECTOR, stale.length));
  }
  return copy;
}
