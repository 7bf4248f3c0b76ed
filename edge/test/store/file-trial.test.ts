import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { setAsideWhatKills } from '../../src/store/file-trial.ts';
import { openJournalStore } from '../../src/store/journal-store.ts';
import { crypto } from '../fixtures/codes.ts';
import { intent } from '../fixtures/drafts.ts';
import { openStore, provision } from '../fixtures/replica.ts';
import { tempFolder } from '../fixtures/temp-folder.ts';

const KILLED = fileURLToPath(new URL('../fixtures/killed-by-file.mjs', import.meta.url));
const ENTRY = fileURLToPath(new URL('../../dist/file-trial-entry.js', import.meta.url));

const folderOf = (files: Readonly<Record<string, string>>) => {
  const folder = tempFolder();
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return folder;
};

describe('F13 files that kill whoever opens them', () => {
  test('are set aside, with their WAL; the others stay', { timeout: 30_000 }, async () => {
    const folder = folderOf({ 'journal.db': 'abort', 'journal.db-wal': 'w', 'replica.db': 'fine' });
    const result = await setAsideWhatKills(KILLED, folder, 20_000);
    expect(result).toEqual({
      journal: 'whoever opens it is killed: SIGABRT',
      replica: undefined,
    });
    expect(readFileSync(join(folder, 'journal.db.damaged'), 'utf8')).toBe('abort');
    expect(existsSync(join(folder, 'journal.db-wal'))).toBe(false);
    expect(readFileSync(join(folder, 'replica.db'), 'utf8')).toBe('fine');
  });

  test('so are those that keep it busy; a disk that does not answer is none of theirs', {
    timeout: 30_000,
  }, async () => {
    const folder = folderOf({ 'journal.db': 'wait', 'replica.db': 'spin' });
    const result = await setAsideWhatKills(KILLED, folder, 3000);
    expect(result).toEqual({ journal: undefined, replica: 'whoever opens it is stuck in it' });
    expect(existsSync(join(folder, 'journal.db'))).toBe(true);
  });

  test('what is told as an error is left to who opens the file, and no file is no matter', async () => {
    const folder = folderOf({ 'journal.db': 'error' });
    expect(await setAsideWhatKills(KILLED, folder, 20_000)).toEqual({
      ...{ journal: undefined, replica: undefined },
    });
    expect(existsSync(join(folder, 'journal.db'))).toBe(true);
  });

  test('good files pass the trial that the gateway uses, and hold what they held', async () => {
    const folder = tempFolder();
    const file = join(folder, 'journal.db');
    const journal = openJournalStore(file, crypto.sha256, 7);
    journal.append([intent(1), intent(2)]);
    journal.close();
    const replica = openStore(join(folder, 'replica.db'));
    await provision(replica);
    replica.close();
    expect(await setAsideWhatKills(ENTRY, folder, 20_000)).toEqual({
      ...{ journal: undefined, replica: undefined },
    });
    const again = openJournalStore(file, crypto.sha256);
    // The trial took an epoch of its own, and left it empty.
    expect(again.state()).toMatchObject({ epoch: 9, rows: 2 });
    again.close();
  });
});
