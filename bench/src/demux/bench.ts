import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { ReadlineParser } from 'serialport';
import type { BenchResult } from '../report.ts';
import { againstPeer, againstTarget, spreadOf } from '../stats.ts';

interface Demux {
  push(chunk: Uint8Array, at: number): void;
}

interface Demuxing {
  readonly ScanDemux: new (format: object, sink: () => void) => Demux;
}

const mib = 1024 * 1024;
const garbageBytes = 8 * mib;
/** What a read of a serial line brings at most at high speed. */
const chunkBytes = 1024;
const runsCount = 9;
const secondsMax = 0.2;
const keptKibMax = 64;

/** What nobody meant to send, of each kind that costs a parser most. */
const garbage: Readonly<Record<string, Buffer>> = {
  'no end': Buffer.alloc(garbageBytes, 0x78),
  'random bytes': randomBytes(garbageBytes),
  'halves of replies': Buffer.alloc(garbageBytes, Buffer.from('02000004', 'hex')),
  'lines of half a letter': Buffer.alloc(
    garbageBytes,
    Buffer.from(`${'c4e3'.repeat(20)}c40d`, 'hex'),
  ),
};

/** 8 MiB of garbage through the scanner's demultiplexer, against the line parser of serialport; memory in the same run. */
export async function benchDemux(): Promise<BenchResult[]> {
  const built = new URL('../../../edge/dist/devices/scan-demux.js', import.meta.url);
  const { ScanDemux } = (await import(built.href)) as Demuxing;
  const collect = collector();
  const results: BenchResult[] = [];
  for (const [name, bytes] of Object.entries(garbage)) {
    results.push(...ours(name, bytes, ScanDemux, collect));
  }
  const peer = await readline(garbage['no end'] ?? Buffer.alloc(0), collect);
  const mean = results[0]?.value ?? Number.NaN;
  const kept = results.find((result) => result.name === 'no end, kept')?.value ?? Number.NaN;
  const name = '@serialport/parser-readline';
  results.push(
    againstPeer(
      { name: 'no end, against ReadlineParser', unit: 's of CPU', value: mean, better: 'lower' },
      { name, value: peer.seconds },
    ),
    againstPeer(
      {
        name: 'kept, against ReadlineParser',
        unit: 'KiB',
        value: Math.max(kept, 1),
        better: 'lower',
      },
      { name, value: peer.keptKib },
    ),
  );
  return results;
}

function ours(
  name: string,
  bytes: Buffer,
  ScanDemux: Demuxing['ScanDemux'],
  collect: () => void,
): BenchResult[] {
  const seconds: number[] = [];
  const keptKib: number[] = [];
  for (let run = 0; run < runsCount; run++) {
    collect();
    const before = held();
    const demux = new ScanDemux({ replies: ['gm65', 'mt1', 'ssi'] }, () => undefined);
    const begun = cpuSeconds();
    for (let at = 0; at < bytes.length; at += chunkBytes) {
      demux.push(bytes.subarray(at, at + chunkBytes), 1);
    }
    seconds.push(cpuSeconds() - begun);
    collect();
    keptKib.push(Math.max(0, (held() - before) / 1024));
    demux.push(Buffer.from('\r'), 1);
  }
  const { median, p99 } = spreadOf(seconds);
  const figure = (rank: string, value: number) =>
    againstTarget(
      { name: `${name}, ${rank}`, unit: 's of CPU', value, better: 'lower' },
      secondsMax,
    );
  return [
    figure('median', median),
    figure('p99', p99),
    againstTarget(
      { name: `${name}, kept`, unit: 'KiB', value: spreadOf(keptKib).median, better: 'lower' },
      keptKibMax,
    ),
  ];
}

async function readline(bytes: Buffer, collect: () => void) {
  collect();
  const before = held();
  const parser = new ReadlineParser({ delimiter: '\r' });
  parser.on('data', () => undefined);
  const begun = cpuSeconds();
  for (let at = 0; at < bytes.length; at += chunkBytes) {
    const chunk = bytes.subarray(at, at + chunkBytes);
    await new Promise<void>((done) => void parser.write(chunk, () => done()));
  }
  const seconds = cpuSeconds() - begun;
  collect();
  const keptKib = (held() - before) / 1024;
  parser.destroy();
  return { seconds, keptKib };
}

/** Of this process: what else the machine does is not our garbage. */
function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

function held(): number {
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

function collector(): () => void {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc') as () => void;
}

/** A multiplicative generator: every byte comes equally often, and every run has the same. */
function randomBytes(count: number): Buffer {
  const bytes = Buffer.alloc(count);
  let state = 1;
  for (let at = 0; at < count; at++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    bytes[at] = state >>> 24;
  }
  return bytes;
}
