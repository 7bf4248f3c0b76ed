import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { followStart } from '../src/start-course.ts';
import { planStart, type StartRecord } from '../src/start-plan.ts';
import { openStartRecord } from '../src/store/start-record.ts';
import { NOW } from './fixtures/codes.ts';
import { memoryLog } from './fixtures/memory-log.ts';
import { tempFile } from './fixtures/temp-folder.ts';
import { virtualTime } from './fixtures/virtual-time.ts';

const MINUTE = 60_000;
const at = (uptimeMs: number, boot = 'b') => ({ boot, uptimeMs });

/** Starts that each crash while they decide, at these instants; the plan of the one after them. */
function planAfter(crashes: readonly number[], next: number) {
  let last: StartRecord | undefined;
  for (const instant of crashes) {
    last = { ...planStart(last, at(instant)).record, phase: 'deciding' };
  }
  return planStart(last, at(next));
}

describe('F12 how a start follows from those before it', () => {
  test('the first one, and one after a clean end, is whole', () => {
    expect(planStart(undefined, at(5))).toMatchObject({ safe: false, suspectFiles: false });
    const ended = { boot: 'b', phase: 'ended', crashes: [1, 2, 3], safeStarts: 4 } as const;
    expect(planStart(ended, at(9))).toEqual({
      record: { boot: 'b', phase: 'opening', crashes: [], safeStarts: 0 },
      ...{ safe: false, holdBackMs: 0, suspectFiles: false },
    });
  });

  test.for([
    ['two crashes', [0, 10], 20, false],
    ['three within five minutes', [0, 10, 20], 30, true],
    ['three, the first one longer ago', [0, MINUTE, 2 * MINUTE], 6 * MINUTE, false],
    ['four, the first one longer ago', [0, 2 * MINUTE, 3 * MINUTE, 4 * MINUTE], 7 * MINUTE, true],
  ] as const)('%s: safe mode %s', ([, crashes, next, safe]) => {
    // What is found at a start is the crash of the one before: the first of these starts found none.
    expect(planAfter(crashes, next).safe).toBe(safe);
  });

  test('a machine that was switched off is no crash, whatever was before', () => {
    const last = { ...planAfter([0, 10, 20], 30).record, phase: 'deciding' } as const;
    expect(planStart(last, at(1, 'another boot'))).toMatchObject({
      ...{ safe: false, suspectFiles: false },
      record: { crashes: [], safeStarts: 0 },
    });
  });

  test('who died with the files half open leaves them suspect, also over a boot', () => {
    const { record } = planStart(undefined, at(5));
    expect(planStart(record, at(9))).toMatchObject({ safe: false, suspectFiles: true });
    expect(planStart(record, at(9, 'another boot')).suspectFiles).toBe(true);
  });

  test('safe mode lasts twice as long each time that it did not help, up to an hour', () => {
    let plan = planAfter([0, 10, 20], 30);
    const lasted: number[] = [];
    for (let n = 1; n <= 9; n++) {
      lasted.push(plan.holdBackMs / MINUTE);
      // It comes again although its crashes lie far apart.
      plan = planStart({ ...plan.record, phase: 'deciding' }, at(n * 100 * MINUTE));
      expect(plan.safe).toBe(true);
    }
    expect(lasted).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60]);
  });
});

describe('the course of a start', () => {
  function course(plan: ReturnType<typeof planStart>, write?: () => void) {
    const time = virtualTime(NOW);
    const log = memoryLog();
    const written: StartRecord[] = [];
    const keep = write ?? ((record: StartRecord) => void written.push(record));
    const followed = followStart({ timers: time.timers, log, write: keep }, plan);
    let rests = 0;
    const rest = () => {
      rests += 1;
    };
    return { time, log, written, followed, rest, rests: () => rests };
  }

  test('in safe mode the rest waits; after five minutes of all, what crashed is forgotten', async () => {
    const { time, log, written, followed, rest, rests } = course(planAfter([0, 10, 20], 30));
    followed.deciding(rest);
    await time.advance(MINUTE - 1);
    expect([rests(), followed.state()]).toEqual([0, { active: true, crashes: 3 }]);
    await time.advance(1);
    expect([rests(), followed.state()]).toEqual([1, { active: false, crashes: 3 }]);
    expect(written.at(-1)).toMatchObject({ phase: 'deciding', safeStarts: 1 });
    await time.advance(5 * MINUTE);
    expect(written.at(-1)).toMatchObject({ phase: 'deciding', crashes: [], safeStarts: 0 });
    expect(log.events()).toEqual(['crashed-before', 'safe-mode', 'safe-mode-left']);
  });

  test('outside of it the rest begins at once, and an end that was asked for says so', () => {
    const { written, followed, rest, rests } = course(planStart(undefined, at(5)));
    expect(written.map(({ phase }) => phase)).toEqual(['opening']);
    followed.deciding(rest);
    expect(rests()).toBe(1);
    followed.ended();
    expect(written.map(({ phase }) => phase)).toEqual(['opening', 'deciding', 'ended']);
  });

  test('F3 a disk that takes no word of it stops no start', () => {
    const full = () => {
      throw new Error('ENOSPC');
    };
    const { log, followed, rest, rests } = course(planStart(undefined, at(5)), full);
    followed.deciding(rest);
    followed.ended();
    expect(rests()).toBe(1);
    expect(log.lines[0]).toContain('ENOSPC');
  });
});

describe('what is left in start.json', () => {
  test('is read again', () => {
    const file = tempFile('start.json');
    const { record } = planAfter([1, 2], 3);
    openStartRecord(file).write(record);
    expect(openStartRecord(file).last).toEqual(record);
  });

  test.for([
    '',
    '{',
    '[]',
    '{"boot":"b"}',
    '{"boot":"b","phase":"deciding","crashes":[-1],"safeStarts":0}',
  ])('where it is %j it says nothing', (text) => {
    const file = tempFile('start.json');
    writeFileSync(file, text);
    expect(openStartRecord(file).last).toBeUndefined();
    expect(readFileSync(file, 'utf8')).toBe(text);
  });
});
