import { createHash, generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CloudProcess, startCloud } from '../api/cloud-process.ts';
import { startChild } from '../child.ts';
import { unitFlags } from '../gate/gateway-process.ts';
import { openStored } from '../ingest/stored.ts';
import { residentBytesOf } from '../procfs.ts';
import type { BenchOptions } from '../registry.ts';
import type { BenchResult } from '../report.ts';
import { againstTarget } from '../stats.ts';
import type { FromGateway, ToGateway } from './gateway.ts';

/** Station profile S for three days: sixteen lanes, each a passage a second. */
const offlineMinutes = 72 * 60;
const passagesPerMinute = 16 * 60;

const journalMiBMax = 1024;
const residentMiBMax = 150;
const eventsPerSecondMin = 5000;
const sampleEveryMs = 250;

/**
 * Writes what passes in three days without a cloud through the journal's thread, and then lets the outbox empty it
 * into the built cloud: how large the journal grows, how much memory it takes, how fast it drains, and what is lost.
 */
export async function benchOffline({
  minutes = offlineMinutes,
}: BenchOptions): Promise<BenchResult[]> {
  const folder = mkdtempSync(join(tmpdir(), 'greengate-offline-'));
  const url = `file:${join(folder, 'cloud.db')}`;
  const cloud = await startCloud({ DATABASE_URL: url });
  const file = join(folder, 'journal.db');
  const gateway = startChild<ToGateway, FromGateway>(
    new URL('gateway.js', import.meta.url),
    [file],
    { execArgv: unitFlags(), env: { ...process.env, MALLOC_ARENA_MAX: '1' } },
  );
  let resident = 0;
  const sampling = setInterval(() => {
    resident = Math.max(resident, residentBytesOf(gateway.pid));
  }, sampleEveryMs);
  try {
    const passages = Math.round(minutes * passagesPerMinute);
    const written = gateway.hear('written');
    gateway.tell({ kind: 'write', passages });
    const { ms: writtenMs } = await written;
    const bytes = bytesOf(file) + bytesOf(`${file}-wal`);
    const offlineMiB = resident / 2 ** 20;
    const drained = gateway.hear('drained');
    gateway.tell({ kind: 'drain', url: `http://127.0.0.1:${cloud.port}`, ...(await enrol(cloud)) });
    const { ms } = await drained;
    const stored = await openStored(url);
    const found = await stored.counts();
    await stored.close();
    const events = 2 * passages;
    const lower = { better: 'lower' as const };
    const mib = { unit: 'MiB', ...lower };
    return [
      { name: 'without a cloud', unit: 'h', value: minutes / 60 },
      { name: 'events', unit: '1', value: events },
      { name: 'written', unit: '1/s', value: (events * 1000) / writtenMs },
      againstTarget({ name: 'journal', value: bytes / 2 ** 20, ...mib }, journalMiBMax),
      { name: 'journal of an event', unit: 'B', value: bytes / events },
      againstTarget({ name: 'resident, offline', value: offlineMiB, ...mib }, residentMiBMax),
      againstTarget(
        { name: 'resident, to the end', value: resident / 2 ** 20, ...mib },
        residentMiBMax,
      ),
      againstTarget(
        { name: 'drained', unit: '1/s', value: (events * 1000) / ms, better: 'higher' },
        eventsPerSecondMin,
      ),
      againstTarget({ name: 'lost', unit: '1', value: events - found.distinct, ...lower }, 0),
      againstTarget(
        { name: 'doubled', unit: '1', value: found.rows - found.distinct, ...lower },
        0,
      ),
    ];
  } finally {
    clearInterval(sampling);
    await gateway.stop();
    await cloud.stop();
    rmSync(folder, { recursive: true });
  }
}

async function enrol(cloud: CloudProcess): Promise<{ keyId: string; pem: string }> {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const raw = Buffer.from(publicKey.export({ format: 'jwk' }).x ?? '', 'base64url');
  const response = await fetch(`http://127.0.0.1:${cloud.port}/v1/gateways`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${cloud.operatorToken}`,
      'content-type': 'application/json',
    },
    body: JSON.stringify({ gateway: 'gw-1', station: 'station-1', publicKey: raw.toString('hex') }),
  });
  if (!response.ok) throw new Error(`no gateway enrolled: ${response.status}`);
  return {
    keyId: createHash('sha256').update(raw).digest('hex').slice(0, 16),
    pem: privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(),
  };
}

function bytesOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}
