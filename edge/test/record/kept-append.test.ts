import { expect, test } from 'vitest';
import { createKeptAppend } from '../../src/record/kept-append.ts';
import { NOW } from '../fixtures/codes.ts';
import { outcome } from '../fixtures/drafts.ts';
import { fakeJournal } from '../fixtures/station.ts';
import { settle, virtualTime } from '../fixtures/virtual-time.ts';

function keptAppend(countMax = 100) {
  const time = virtualTime(NOW);
  const journal = fakeJournal([]);
  const refusals: string[] = [];
  const disk = createKeptAppend(
    { journal, timers: time.timers },
    { countMax, retryMs: 1000 },
    (why) => refusals.push(why),
  );
  return { time, journal, refusals, disk };
}

test('F3 what was refused is written once the disk is well, in order and once', async () => {
  const { disk, journal, time } = keptAppend();
  journal.disk = 'refuses';
  expect(await Promise.all([1, 2, 3].map((at) => disk.append(outcome(at))))).toEqual(
    Array(3).fill('failed'),
  );
  expect(disk.waiting()).toBe(3);
  await time.advance(5000);
  expect(disk.waiting()).toBe(3);
  journal.disk = 'well';
  await time.advance(1000);
  await settle();
  expect(journal.drafts).toEqual([1, 2, 3].map(outcome));
  expect(disk.waiting()).toBe(0);
  await time.advance(10_000);
  expect(journal.drafts).toHaveLength(3);
});

test('what comes while something waits is written behind it', async () => {
  const { disk, journal } = keptAppend();
  journal.disk = 'refuses';
  await disk.append(outcome(1));
  journal.disk = 'well';
  expect(await Promise.all([disk.append(outcome(2)), disk.append(outcome(3))])).toEqual([
    'durable',
    'durable',
  ]);
  expect(journal.drafts).toEqual([1, 2, 3].map(outcome));
});

test('F3 memory is bounded: past it the oldest are given up, and counted', async () => {
  const { disk, journal, time } = keptAppend(10);
  journal.disk = 'refuses';
  for (let at = 1; at <= 25; at++) await disk.append(outcome(at));
  expect([disk.waiting(), disk.lost()]).toEqual([10, 15]);
  journal.disk = 'well';
  await time.advance(1000);
  await expect.poll(() => disk.waiting()).toBe(0);
  expect(journal.drafts).toEqual(Array.from({ length: 10 }, (_, i) => outcome(16 + i)));
});
