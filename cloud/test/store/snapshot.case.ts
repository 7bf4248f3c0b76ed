import { regionStream } from '@greengate/contracts/replica/streams';
import { epochMs } from '@greengate/contracts/time';
import { describe, expect, test } from 'vitest';
import type { SegmentInfo } from '../../src/ports.ts';
import { bytes, HANGZHOU, NOW, type StoreUnderTest } from './fixtures.ts';

const STREAM = regionStream(HANGZHOU);
const HOUR = 3_600_000;

export function snapshotSuite(open: () => Promise<StoreUnderTest>): void {
  describe('snapshots', () => {
    test('are there once all parts are, by region and epoch; the newest counts', async () => {
      const { hangzhou, ningbo } = await open();
      const add = (to: number, part: number, parts: number) =>
        hangzhou.addPart(STREAM, 1, {
          ...{ to, part, parts, hash: `${to}/${part}` },
          bytes: bytes(`${to} ${part}`),
        });
      await add(10, 1, 2);
      expect(await hangzhou.snapshot(STREAM, 1)).toBeUndefined();
      await add(10, 0, 2);
      await add(10, 0, 2);
      const first = {
        to: 10,
        parts: [
          { hash: '10/0', bytes: bytes('10 0').length },
          { hash: '10/1', bytes: bytes('10 1').length },
        ],
      };
      expect(await hangzhou.snapshot(STREAM, 1)).toEqual(first);
      await add(20, 0, 2);
      expect(await hangzhou.snapshot(STREAM, 1)).toEqual(first);
      expect(await hangzhou.snapshot(STREAM, 2)).toBeUndefined();
      expect(await ningbo.snapshot(STREAM, 1)).toBeUndefined();
      await add(20, 1, 2);
      expect((await hangzhou.snapshot(STREAM, 1))?.to).toBe(20);
    });

    test('leave the run of segments alone; what is retired is served for an hour longer', async () => {
      const { hangzhou } = await open();
      const info = (from: number): SegmentInfo => ({
        ...{ level: 'minute', from, to: from + 10, hash: `s${from}`, bytes: 1 },
      });
      const addRun = (from: number) =>
        hangzhou.addSegment(STREAM, 1, info(from), bytes('s'), [], NOW);
      expect(await addRun(0)).toBe(true);
      for (const to of [5, 10]) {
        const part = { to, part: 0, parts: 1, hash: `p${to}`, bytes: bytes('p') };
        await hangzhou.addPart(STREAM, 1, part);
      }
      expect(await addRun(10)).toBe(true);
      await hangzhou.retire(STREAM, 1, 10, ['s0'], NOW);
      expect((await hangzhou.segments(STREAM, 1)).map(({ hash }) => hash)).toEqual(['s10']);
      expect((await hangzhou.snapshot(STREAM, 1))?.to).toBe(10);
      for (const hash of ['s0', 'p5', 'p10'])
        expect(await hangzhou.segmentBytes(STREAM, hash)).toBeDefined();
      await hangzhou.retire(STREAM, 1, 10, [], epochMs(NOW + 2 * HOUR));
      for (const hash of ['s0', 'p5'])
        expect(await hangzhou.segmentBytes(STREAM, hash)).toBeUndefined();
      expect(await hangzhou.segmentBytes(STREAM, 'p10')).toBeDefined();
      expect(await addRun(20)).toBe(true);
    });
  });
}
