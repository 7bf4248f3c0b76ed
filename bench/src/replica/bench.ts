import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BenchResult } from '../report.ts';
import { benchFlips } from './flips.ts';
import { loadGateway } from './gateway.ts';
import { benchOffline } from './offline.ts';
import { benchRows } from './rows.ts';
import { benchSizes } from './sizes.ts';
import { benchWrites } from './writes.ts';

/** The gateway's replica at the size of a city: bytes on the wire and on the disk, load, look-up, catching up, damage. */
export async function benchReplica(): Promise<BenchResult[]> {
  const gateway = await loadGateway();
  const folder = mkdtempSync(join(tmpdir(), 'greengate-replica-'));
  const say = (what: string) => process.stderr.write(`replica: ${what}\n`);
  try {
    say('sizes');
    const sizes = benchSizes();
    say('ten million rows');
    const rows = await benchRows(gateway, folder);
    say('turned bits');
    const flips = await benchFlips(gateway, folder);
    say('seven days offline');
    const offline = await benchOffline(gateway, folder);
    say('bytes written');
    const writes = await benchWrites(gateway, folder);
    return [...sizes, ...rows, ...offline, ...writes, ...flips];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
