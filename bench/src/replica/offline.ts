import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { StatusEntry } from '@greengate/contracts/replica/status-entry';
import { CONTROL, RED, type StreamName } from '@greengate/contracts/replica/streams';
import type { BenchResult } from '../report.ts';
import { againstTarget } from '../stats.ts';
import {
  controlSegment,
  keyOf,
  listed,
  manifest,
  NOW,
  REGION,
  rootKey,
  statusOf,
  statusSegment,
  words,
} from './cloud.ts';
import { type Gateway, type Writer, workerEntry } from './gateway.ts';
import { filled, sealKey } from './rows.ts';

const peopleCount = 4_900_000;
const changesAnHourCount = 17_361;
const hoursCount = 7 * 24;
const hoursADayCount = 11;
const redsCount = 2000;
const mebibytesMax = 24;
const requestsMax = 60;
const secondsMax = 100;
const redSecondsMax = 5;

/**
 * A gateway that held 4.9 million people comes back after seven days in which 17,361 an hour changed: what it fetches, and how
 * long it takes, pauses for the lanes included. A "day" is as many hours as a segment holds.
 */
export async function benchOffline(gateway: Gateway, folder: string): Promise<BenchResult[]> {
  const file = join(folder, 'offline.db');
  const { store } = await filled(gateway, file, peopleCount);
  store.close();
  const cloud = await serve(weekOfSegments());
  const writer = gateway.createReplicaThread(workerEntry, { file, rootKey, sealKey }, (why) => {
    throw new Error(why);
  });
  await writer.ready();
  const seen = await catchUp(gateway, writer, cloud);
  const view = gateway.openReplicaView(file, sealKey);
  if (view.red(keyOf(0, peopleCount))?.colour !== 'red') throw new Error('a red is missing');
  view.close();
  await writer.close();
  cloud.close();
  const lower = (name: string, unit: string, value: number, target: number) =>
    againstTarget({ name: `7 days offline: ${name}`, unit, value, better: 'lower' }, target);
  return [
    lower('fetched', 'MiB', cloud.sent.bytes / 2 ** 20, mebibytesMax),
    lower('requests', 'requests', cloud.sent.requests, requestsMax),
    lower('until all is held', 's', seen.wholeMs / 1000, secondsMax),
    lower('until the reds are enforced', 's', seen.redMs / 1000, redSecondsMax),
  ];
}

/** Every answer by its path. */
function weekOfSegments(): Map<string, Uint8Array> {
  const answers = new Map<string, Uint8Array>();
  const put = (kind: string, stream: StreamName, rest: string, bytes: Uint8Array) =>
    answers.set(`/v1/replica/${kind}/${encodeURIComponent(stream)}${rest}`, bytes);
  const random = words(7);
  const head = peopleCount + hoursCount * changesAnHourCount;
  const segments = [];
  for (let hour = 0; hour < hoursCount; hour += hoursADayCount) {
    const hours = Math.min(hoursADayCount, hoursCount - hour);
    const range = {
      from: peopleCount + hour * changesAnHourCount,
      to: peopleCount + (hour + hours) * changesAnHourCount,
    };
    const entries = new Map<string, StatusEntry>();
    for (let n = 0; n < hours * changesAnHourCount; n++) {
      const person = random() % peopleCount;
      const minute = (hour + n / changesAnHourCount) * 60;
      const key = keyOf(person, peopleCount);
      entries.set(key, { ver: range.to, key, ...statusOf(random(), Math.floor(minute)) });
    }
    const level = hours === hoursADayCount ? 'day' : 'hour';
    const bytes = statusSegment(REGION, { ...range, level }, [...entries.values()]);
    const info = listed(bytes, range, level);
    segments.push(info);
    put('segment', REGION, `/${info.hash}`, bytes);
  }
  put('manifest', REGION, '', manifest(REGION, { head, segments }));
  put(
    'tail',
    REGION,
    `/1/${head}`,
    statusSegment(REGION, { from: head, to: head, level: 'tail' }, []),
  );
  const reds = Array.from({ length: redsCount }, (_, n) => ({
    ver: n + 1,
    key: keyOf(n * 2400, peopleCount),
    ...statusOf(99, n),
  }));
  put('manifest', RED, '', manifest(RED, { head: redsCount }));
  put('tail', RED, '/1/0', statusSegment(RED, { from: 0, to: redsCount, level: 'tail' }, reds));
  put('manifest', CONTROL, '', manifest(CONTROL, { head: 2, signedAt: NOW }));
  put('tail', CONTROL, '/1/2', controlSegment());
  return answers;
}

interface Cloud {
  readonly origin: string;
  readonly sent: { bytes: number; requests: number };
  close(): void;
}

async function serve(answers: ReadonlyMap<string, Uint8Array>): Promise<Cloud> {
  const sent = { bytes: 0, requests: 0 };
  const server: Server = createServer((request, response) => {
    const bytes = answers.get((request.url ?? '').replace(/\?.*/, ''));
    sent.requests += 1;
    sent.bytes += bytes?.length ?? 0;
    response.writeHead(bytes ? 200 : 404);
    response.end(bytes);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { origin: `http://127.0.0.1:${port}`, sent, close: () => server.close() };
}

/** The rounds that the gateway's loops make after a failure: reds first, the region behind them. */
async function catchUp(gateway: Gateway, writer: Writer, cloud: Cloud) {
  const link = {
    get: async (path: string) => {
      const response = await fetch(cloud.origin + path);
      const body = new Uint8Array(await response.arrayBuffer());
      return { kind: 'answer', status: response.status, body };
    },
  };
  const nothing = () => undefined;
  const ports = { link, replica: writer, onVerified: nothing, onTrouble: nothing };
  const start = performance.now();
  const pull = async (stream: StreamName) => {
    const failure = await gateway.pullStream(ports, stream, true);
    if (failure) throw new Error(`${stream}: ${failure.why}`);
    return performance.now() - start;
  };
  await pull(CONTROL);
  const [redMs, wholeMs] = await Promise.all([pull(RED), pull(REGION)]);
  const mark = await writer.mark(REGION);
  if (mark?.cursor !== mark?.head) throw new Error('not all is held');
  return { redMs, wholeMs };
}
