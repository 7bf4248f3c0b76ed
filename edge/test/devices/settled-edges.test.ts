import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { debounceMsMax, rereadMs, unsettledMsMax } from '../../src/devices/limits.ts';
import { settleEdges } from '../../src/devices/settled-edges.ts';
import { ManualTime } from '../fakes/manual-time.ts';

function contact(debounceMs: number) {
  const time = new ManualTime();
  const line = { level: false, isBroken: false };
  const told: [boolean, boolean][] = [];
  const read = () => {
    if (line.isBroken) throw new Error('EIO');
    return line.level;
  };
  const edges = settleEdges({
    ...{ read, timers: time.timers, debounceMs },
    tell: (active, isEdgeLost) => void told.push([active, isEdgeLost]),
  });
  return { time, line, told, edges };
}

describe('edges of a line', () => {
  test('one that never holds still is told in the end, as lost', () => {
    const { time, line, told, edges } = contact(20);
    for (let ms = 0; ms <= unsettledMsMax; ms += 10) {
      line.level = !line.level;
      edges.edge();
      time.advance(10);
    }
    expect(told.length).toBeGreaterThanOrEqual(1);
    expect(told[0]?.[1]).toBe(true);
  });

  test('what the driver dropped is said to be lost, though the level is new', () => {
    const { line, told, edges } = contact(0);
    line.level = true;
    edges.lost();
    expect(told).toEqual([[true, true]]);
  });

  test('an edge that is told a little later than its level was read is not lost', () => {
    const { time, line, told, edges } = contact(0);
    time.advance(rereadMs - 1);
    line.level = true;
    time.advance(2);
    edges.edge();
    time.advance(2 * rereadMs);
    expect(told).toEqual([[true, false]]);
  });

  test('a line that cannot be read is told as it was, and as lost', () => {
    const { line, told, edges } = contact(0);
    line.isBroken = true;
    edges.edge();
    expect(told).toEqual([[false, true]]);
  });

  test('closed, it tells nothing and leaves no timer', () => {
    const { time, line, told, edges } = contact(20);
    line.level = true;
    edges.edge();
    edges.close();
    time.advance(2 * unsettledMsMax);
    expect(told).toEqual([]);
    expect(time.waiting).toBe(0);
  });

  test('whatever happens, with edges told or not, the last level told is that of the line at rest', () => {
    const step = fc.record({
      level: fc.boolean(),
      isTold: fc.boolean(),
      ms: fc.integer({ min: 0, max: 60 }),
    });
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: debounceMsMax }),
        fc.array(step, { maxLength: 40 }),
        (debounceMs, steps) => {
          const { time, line, told, edges } = contact(debounceMs);
          for (const { level, isTold, ms } of steps) {
            const isMoved = level !== line.level;
            line.level = level;
            if (isMoved && isTold) edges.edge();
            time.advance(ms);
          }
          time.advance(unsettledMsMax + 2 * rereadMs + debounceMs);
          edges.close();
          expect(told.at(-1)?.[0] ?? false).toBe(line.level);
        },
      ),
    );
  });
});
