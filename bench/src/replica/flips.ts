import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { BenchResult } from '../report.ts';
import { againstTarget } from '../stats.ts';
import { keyOf, REGION, statusOf, words } from './cloud.ts';
import type { Gateway, View } from './gateway.ts';
import { filled, sealKey } from './rows.ts';

const flipsCount = 10_000;
const rowsCount = 5000;
const lookedUpCount = 60;

/** One bit of replica.db turned, ten thousand times: how often a look-up then says another colour, or that there is none. */
export async function benchFlips(gateway: Gateway, folder: string): Promise<BenchResult[]> {
  const file = join(folder, 'good.db');
  const { store } = await filled(gateway, file, rowsCount);
  store.close();
  const good = readFileSync(file);
  const random = words(13);
  const copy = join(folder, 'turned.db');
  const seen = { wrong: 0, unknown: 0, unopened: 0 };
  for (let n = 0; n < flipsCount; n++) {
    const bit = random() % (good.length * 8);
    const bad = Buffer.from(good);
    bad[bit >> 3] = (bad[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    for (const suffix of ['-wal', '-shm']) rmSync(copy + suffix, { force: true });
    writeFileSync(copy, bad);
    const view = opened(gateway, copy);
    if (view) look(view, random, seen);
    else seen.unopened += 1;
    // Connections that failed to open are let go with the garbage.
    if (n % 100 === 0) await sleep(0);
  }
  const count = (name: string, value: number) => ({ name, unit: 'times', value });
  return [
    againstTarget(
      { ...count(`wrong answers after ${flipsCount} turned bits`, seen.wrong), better: 'lower' },
      0,
    ),
    count('look-ups that answered unknown', seen.unknown),
    count('files that did not open and are set aside', seen.unopened),
  ];
}

function opened(gateway: Gateway, file: string): View | undefined {
  try {
    return gateway.openReplicaView(file, sealKey);
  } catch {
    return undefined;
  }
}

function look(view: View, random: () => number, seen: { wrong: number; unknown: number }): void {
  // Where the stream's own record is gone the replica is blind, and the gate refers whatever a look-up says.
  const blind = !view.streams().some(({ name }) => name === REGION);
  for (let i = 0; i < lookedUpCount && !blind; i++) {
    const n = random() % rowsCount;
    try {
      if (view.status(keyOf(n, rowsCount))?.colour !== statusOf(n, n % 60).colour) seen.wrong += 1;
    } catch {
      seen.unknown += 1;
    }
  }
  view.close();
}
