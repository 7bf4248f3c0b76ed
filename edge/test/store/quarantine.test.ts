import { existsSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { CONTROL } from '@greengate/contracts/replica/streams';
import Database from 'libsql';
import { describe, expect, test } from 'vitest';
import { openOrRebuild } from '../../src/store/quarantine.ts';
import { openReplicaView } from '../../src/store/replica-reader.ts';
import { trust } from '../fixtures/codes.ts';
import {
  controlSegment,
  documents,
  manifest,
  must,
  noPause,
  openStore,
  SEAL_KEY,
} from '../fixtures/replica.ts';
import { tempFile } from '../fixtures/temp-folder.ts';

const open = (file: string) =>
  openOrRebuild(
    file,
    'newest',
    () => openStore(file),
    (store) => store.check(),
  );

async function provisioned(): Promise<string> {
  const file = tempFile('replica.db');
  const store = openStore(file);
  must(store.offerManifest(CONTROL, manifest(CONTROL, { head: 2 })));
  must(
    await store.offerSegment(CONTROL, controlSegment({ to: 2 }, documents()), undefined, noPause),
  );
  store.close();
  return file;
}

describe('F13 a replica that is damaged at the start ("replica-damaged")', () => {
  test('a whole file is opened as it is', async () => {
    const file = await provisioned();
    const { opened, damage } = open(file);
    expect(damage).toBeUndefined();
    expect(opened.mark(CONTROL)?.cursor).toBe(2);
    expect(existsSync(`${file}.damaged`)).toBe(false);
    opened.close();
  });

  const damages: [string, (file: string) => void][] = [
    ['no database at all', (file) => writeFileSync(file, 'x'.repeat(5000))],
    ['cut in the middle', (file) => truncateSync(file, statSync(file).size - 4096)],
    [
      'every page after the first overwritten',
      (file) => {
        const bytes = readFileSync(file);
        writeFileSync(file, bytes.fill(0x5a, 4096));
      },
    ],
  ];
  test.each(damages)('%s: set aside, and begun anew', async (_name, damageIt) => {
    const file = await provisioned();
    damageIt(file);
    const bad = readFileSync(file);
    const { opened, damage } = open(file);
    expect(damage).toBeDefined();
    expect(opened.mark(CONTROL)).toBeUndefined();
    expect(readFileSync(`${file}.damaged`).equals(bad)).toBe(true);
    // The new one works, and is read by the lanes.
    must(opened.offerManifest(CONTROL, manifest(CONTROL, { head: 2 })));
    must(
      await opened.offerSegment(
        CONTROL,
        controlSegment({ to: 2 }, documents()),
        undefined,
        noPause,
      ),
    );
    const view = openReplicaView(file, SEAL_KEY);
    expect(view.trust()).toEqual(trust);
    view.close();
    opened.close();
  });

  test('documents that this version cannot read are damage too', async () => {
    const file = await provisioned();
    const db = new Database(file);
    db.exec(`UPDATE state SET body = x'00'`);
    db.close();
    const { opened, damage } = open(file);
    expect(damage).toContain('3 records');
    opened.close();
  });

  test('of several damaged files the newest is kept', async () => {
    const file = await provisioned();
    writeFileSync(file, 'first'.repeat(1000));
    open(file).opened.close();
    writeFileSync(file, 'second'.repeat(1000));
    open(file).opened.close();
    expect(readFileSync(`${file}.damaged`, 'utf8')).toMatch(/^second/);
  });
});
