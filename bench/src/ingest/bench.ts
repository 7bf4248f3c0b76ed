import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { passageAckSchema, passageBatchSchema } from '@greengate/contracts/wire/passage';
import { type CloudProcess, startCloud } from '../api/cloud-process.ts';
import { type Connections, openConnections } from '../api/connections.ts';
import type { BenchResult } from '../report.ts';
import { againstPeer, againstTarget, spreadOf } from '../stats.ts';
import { withPostgres } from '../with-postgres.ts';
import { bareInserts } from './bare-inserts.ts';
import { batchBody } from './events.ts';
import { type SigningGateway, signingGateway } from './gateway.ts';
import { openStored, type Stored } from './stored.ts';

const gatewaysCount = 16;
const batchEvents = 1000;
const warmUpMs = 3000;
const measuredMs = 15_000;
/** One batch in ten is sent again, as after an answer that was lost. */
const againEvery = 10;
const eventsPerSecondMin = 80_000;

/**
 * Sixteen gateways empty their journals into the built cloud over HTTP, signed, one batch after the other each; each
 * acknowledged event is durable. Afterwards the rows are counted against what was acknowledged.
 */
export async function benchIngest(): Promise<BenchResult[]> {
  const sample = passageBatchSchema.safeParse(JSON.parse(batchBody(1, 1, 2)));
  if (!sample.success) throw new Error('the events of this bench are none of the contract');
  const folder = mkdtempSync(join(tmpdir(), 'greengate-ingest-'));
  try {
    const bare = bareInserts(join(folder, 'bare.db'), batchEvents);
    const libsql = await ingest('libsql', `file:${join(folder, 'cloud.db')}`, bare);
    return [...libsql, ...(await withPostgres((url) => ingest('postgres', url)))];
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function ingest(engine: string, url: string, bare?: number): Promise<BenchResult[]> {
  const cloud = await startCloud({ DATABASE_URL: url });
  try {
    const gateways = Array.from({ length: gatewaysCount }, (_, i) => signingGateway(`gw-${i + 1}`));
    for (const gateway of gateways) await enrol(cloud, gateway);
    const connections = await openConnections(cloud.port, gatewaysCount);
    const load = await push(cloud, connections, gateways);
    connections.close();
    const stored = await openStored(url);
    const found = await stored.counts();
    await stored.close();
    return figures(engine, load, found, bare);
  } finally {
    await cloud.stop();
  }
}

async function enrol(cloud: CloudProcess, { id, publicKey }: SigningGateway): Promise<void> {
  const response = await fetch(`http://127.0.0.1:${cloud.port}/v1/gateways`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${cloud.operatorToken}`,
      'content-type': 'application/json',
    },
    body: JSON.stringify({ gateway: id, station: 'station-1', publicKey }),
  });
  if (!response.ok) throw new Error(`no gateway enrolled: ${response.status}`);
}

interface Load {
  readonly eventsPerSecond: number;
  /** Sent a second time, of those measured. */
  readonly againPercent: number;
  readonly acked: number;
  readonly batchMs: readonly number[];
  readonly cloudCpuPercent: number;
  readonly cloudMiB: number;
}

async function push(
  cloud: CloudProcess,
  connections: Connections,
  gateways: readonly SigningGateway[],
): Promise<Load> {
  const start = performance.now();
  const batchMs: number[] = [];
  let fresh = 0;
  let again = 0;
  let acked = 0;
  let cpuMs = 0;
  const isMeasured = () => performance.now() - start > warmUpMs;
  const drain = async (gateway: SigningGateway): Promise<void> => {
    for (let batch = 0; performance.now() - start < warmUpMs + measuredMs; batch++) {
      const from = 1 + batch * batchEvents;
      const body = batchBody(1, from, batchEvents);
      const began = performance.now();
      await acknowledged(connections, gateway.passagesRequest(cloud.port, body), from);
      acked += batchEvents;
      if (isMeasured()) {
        fresh += batchEvents;
        batchMs.push(performance.now() - began);
        cpuMs ||= cloud.cpuMs();
      }
      if (batch % againEvery !== 0) continue;
      await acknowledged(connections, gateway.passagesRequest(cloud.port, body), from);
      if (isMeasured()) again += batchEvents;
    }
  };
  await Promise.all(gateways.map(drain));
  const ms = performance.now() - start - warmUpMs;
  return {
    eventsPerSecond: (fresh * 1000) / ms,
    againPercent: (100 * again) / fresh,
    acked,
    batchMs,
    cloudCpuPercent: (100 * (cloud.cpuMs() - cpuMs)) / ms,
    cloudMiB: cloud.memoryMiB(),
  };
}

function acknowledged(connections: Connections, request: Buffer, from: number): Promise<void> {
  return new Promise((done, fail) => {
    const isSent = connections.send(request, (answer) => {
      const ack =
        answer?.status === 200 ? passageAckSchema.safeParse(JSON.parse(answer.body)) : undefined;
      if (ack?.success && ack.data.acked >= from + batchEvents - 1) done();
      else fail(new Error(`a batch was not acknowledged: ${answer?.status} ${answer?.body}`));
    });
    if (!isSent) fail(new Error('too few connections'));
  });
}

function figures(
  engine: string,
  load: Load,
  { rows, distinct, deadLetters }: Awaited<ReturnType<Stored['counts']>>,
  bare: number | undefined,
): BenchResult[] {
  const name = (what: string) => `${engine}, ${what}`;
  const perSecond = {
    name: name('new events, durable'),
    unit: '1/s',
    value: load.eventsPerSecond,
    better: 'higher' as const,
  };
  const { median, p99 } = spreadOf(load.batchMs);
  const lower = { unit: '1', better: 'lower' as const };
  return [
    engine === 'libsql'
      ? againstTarget(perSecond, eventsPerSecondMin)
      : { name: perSecond.name, unit: perSecond.unit, value: perSecond.value },
    ...(bare === undefined
      ? []
      : [
          againstPeer(
            { ...perSecond, name: name('new events, against rows alone') },
            { name: `libSQL, the same rows, no HTTP ${Math.round(bare)}`, value: bare },
          ),
        ]),
    { name: name('sent again'), unit: '%', value: load.againPercent },
    againstTarget({ name: name('lost'), value: load.acked - distinct, ...lower }, 0),
    againstTarget({ name: name('duplicated'), value: rows - distinct, ...lower }, 0),
    againstTarget({ name: name('dead letters'), value: deadLetters, ...lower }, 0),
    { name: name('batch of 1,000, median'), unit: 'ms', value: median },
    { name: name('batch of 1,000, p99'), unit: 'ms', value: p99 },
    { name: name('CPU of the cloud'), unit: '% of a core', value: load.cloudCpuPercent },
    { name: name('memory of the cloud'), unit: 'MiB', value: load.cloudMiB },
  ];
}
