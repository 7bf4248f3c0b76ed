import { expect, test, vi } from 'vitest';
import { journalAnchorMs, journalCheckMs } from '../../src/limits.ts';
import type { JournalPosition } from '../../src/ports.ts';
import { startChainWatch } from '../../src/record/chain-watch.ts';
import { memoryLog } from '../fixtures/memory-log.ts';
import { virtualTime } from '../fixtures/virtual-time.ts';

function watching(answer: () => JournalPosition | undefined, cut?: JournalPosition) {
  const time = virtualTime(0 as never);
  const log = memoryLog();
  const alarm = vi.fn(async () => 'durable' as const);
  const journal = {
    verifyNext: vi.fn(async () => ({ bad: answer() })),
    anchor: vi.fn(async () => cut),
  };
  const { clock, timers } = time;
  const stop = startChainWatch({ journal, clock, timers, log, recorder: { alarm } });
  return { time, log, alarm, journal, stop };
}

test('F2 "journal-altered" is told once a row, however often the walk comes by', async () => {
  const watch = watching(() => ({ epoch: 3, seq: 9 }));
  await watch.time.advance(20 * journalCheckMs);
  expect(watch.journal.verifyNext.mock.calls.length).toBeGreaterThan(10);
  expect(watch.alarm.mock.calls).toEqual([[null, 'journal-altered']]);
  expect(watch.log.events()).toEqual(['journal-altered']);
  watch.stop();
});

test('rows that were cut off before the start are told too; the note is renewed each minute', async () => {
  const watch = watching(() => undefined, { epoch: 2, seq: 40 });
  await watch.time.advance(journalCheckMs);
  expect(watch.alarm.mock.calls).toEqual([[null, 'journal-altered']]);
  await watch.time.advance(2 * journalAnchorMs + 4 * journalCheckMs);
  expect(watch.journal.anchor).toHaveBeenCalledTimes(3);
  expect(watch.alarm).toHaveBeenCalledTimes(1);
  watch.stop();
});

test('a disk that refuses ends nothing, and a stop ends it', async () => {
  let calls = 0;
  const watch = watching(() => {
    calls += 1;
    throw new Error('SQLITE_IOERR');
  });
  await watch.time.advance(10 * journalCheckMs);
  expect(calls).toBeGreaterThan(5);
  expect(watch.alarm).not.toHaveBeenCalled();
  watch.stop();
  const before = calls;
  await watch.time.advance(10 * journalCheckMs);
  expect(calls).toBe(before);
});
