import {
  copyFileSync,
  existsSync,
  readFileSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import Database from 'libsql';
import { describe, expect, test } from 'vitest';
import { openJournalStore } from '../../src/store/journal-store.ts';
import { crypto } from '../fixtures/codes.ts';
import { intent } from '../fixtures/drafts.ts';
import { seeded } from '../fixtures/seeded.ts';
import { tempFolder } from '../fixtures/temp-folder.ts';

const ROUNDS = 40;
const GROUPS = 30;

/** A journal with a WAL as a power cut finds it: copied while it is open. */
function copiedWhileOpen(folder: string): { sizes: number[]; file: string } {
  const file = join(folder, 'journal.db');
  const store = openJournalStore(file, crypto.sha256);
  const sizes: number[] = [0];
  let n = 0;
  for (let group = 0; group < GROUPS; group++) {
    const drafts = Array.from({ length: 1 + (group % 3) }, () => intent(++n));
    store.append(drafts);
    sizes.push(n);
    if (group % 7 === 3) store.acknowledge({ epoch: 1, seq: Math.max(1, n - 4) });
  }
  const copy = join(folder, 'copy.db');
  copyFileSync(file, copy);
  copyFileSync(`${file}-wal`, `${copy}-wal`);
  store.close();
  return { sizes, file: copy };
}

function damage(wal: string, kind: string, random: ReturnType<typeof seeded>): void {
  const bytes = readFileSync(wal);
  const at = random.below(bytes.length);
  if (kind === 'truncated') {
    truncateSync(wal, at);
    return;
  }
  if (kind === 'zeroed') bytes.fill(0, at, Math.min(bytes.length, at + 1 + random.below(4096)));
  else if (kind === 'torn') bytes.fill(0, at);
  else bytes[at] = (bytes[at] ?? 0) ^ (1 << random.below(8));
  writeFileSync(wal, bytes);
}

describe('F2: power loss', () => {
  const folder = () => copiedWhileOpen(tempFolder());

  test.for(['truncated', 'zeroed', 'torn', 'flipped'])(
    'a %s WAL opens to a committed prefix, its chain verifies, and no number is given again',
    (kind) => {
      const { file, sizes } = folder();
      const pristine = readFileSync(file);
      const pristineWal = readFileSync(`${file}-wal`);
      for (let seed = 1; seed <= ROUNDS; seed++) {
        const work = `${file}.${seed}`;
        writeFileSync(work, pristine);
        writeFileSync(`${work}-wal`, pristineWal);
        damage(`${work}-wal`, kind, seeded(seed * 7919 + kind.length));
        const db = new Database(work);
        const held = hasJournal(db)
          ? (db.prepare('SELECT id FROM journal ORDER BY id').all([]) as { id: number }[])
          : [];
        db.close();
        expect(sizes, `SEED=${seed}`).toContain(held.length);
        expect(held.map(({ id }) => id % 2 ** 32)).toEqual(held.map((_, i) => i + 1));
        const store = openJournalStore(work, crypto.sha256);
        expect(store.verifyChain(), `SEED=${seed}`).toBeUndefined();
        const [position] = store.append([intent(99)]);
        const last = held.at(-1)?.id ?? 0;
        const mine = (position?.epoch ?? 0) * 2 ** 32 + (position?.seq ?? 0);
        expect(mine, `SEED=${seed}`).toBeGreaterThan(last);
        if (last > 0) expect(position, `SEED=${seed}`).toEqual({ epoch: 2, seq: 1 });
        store.close();
      }
    },
  );

  test('a WAL that is whole gives every acknowledged event', () => {
    const { file, sizes } = folder();
    const store = openJournalStore(file, crypto.sha256);
    expect(store.state().rows).toBe(sizes.at(-1));
    store.close();
  });

  test('a clean end leaves nothing in the WAL: the file alone can be copied', () => {
    const file = join(tempFolder(), 'journal.db');
    const store = openJournalStore(file, crypto.sha256);
    store.append([intent(1)]);
    store.close();
    expect(existsSync(`${file}-wal`) ? statSync(`${file}-wal`).size : 0).toBe(0);
  });
});

function hasJournal(db: InstanceType<typeof Database>): boolean {
  return db.prepare("SELECT 1 FROM sqlite_master WHERE name = 'journal'").get([]) !== undefined;
}
