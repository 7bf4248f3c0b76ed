import { gzipSync } from 'node:zlib';
import type { StatusEntry } from '@greengate/contracts/replica/status-entry';
import type { BenchResult } from '../report.ts';
import { againstPeer, againstTarget } from '../stats.ts';
import { keyOf, REGION, statusOf, statusSegment } from './cloud.ts';

const changesCount = 17_361;
const peopleCount = 25_000_000;
const bytesMax = 7;

/** A minute of a province where 25 million change a day: bytes a change, signature and header included. */
export function benchSizes(): BenchResult[] {
  const step = peopleCount / changesCount;
  const entries = Array.from({ length: changesCount }, (_, i) => ({
    ver: i + 1,
    key: keyOf(Math.floor(i * step), peopleCount),
    ...statusOf(i * 31, i % 2),
  })).sort((a, b) => (a.key < b.key ? -1 : 1));
  const range = { from: 0, to: changesCount };
  const sealed = statusSegment(REGION, { ...range, level: 'minute' }, entries);
  const perChange = (bytes: { length: number }) => bytes.length / changesCount;
  const ours = {
    name: `bytes a change, ${changesCount} changes`,
    unit: 'bytes',
    value: perChange(sealed),
    better: 'lower',
  } as const;
  const against = (name: string, bytes: Uint8Array) =>
    againstPeer(
      { ...ours, name: `${ours.name}, against ${name}` },
      { name, value: perChange(bytes) },
    );
  return [
    againstTarget(ours, bytesMax),
    against('JSON + gzip', gzipSync(JSON.stringify(entries.map(({ ver: _, ...row }) => row)))),
    against('raw rows + gzip', gzipSync(raw(entries))),
  ];
}

/** Sorted rows of 13 bytes: key, seconds, colours. */
function raw(entries: readonly StatusEntry[]): Buffer {
  return Buffer.concat(
    entries.map(({ key, validUntil, colour, nextColour }) => {
      const row = Buffer.alloc(13);
      row.write(key, 'hex');
      row.writeUInt32BE(validUntil / 1000, 8);
      row[12] = colour.charCodeAt(0) ^ (nextColour.charCodeAt(0) << 1);
      return row;
    }),
  );
}
