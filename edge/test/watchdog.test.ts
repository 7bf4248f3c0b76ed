import { describe, expect, test } from 'vitest';
import { ownThreadId, waitsForDisk } from '../src/store/thread-state.ts';
import { startWatchdog } from '../src/watchdog.ts';
import { NOW } from './fixtures/codes.ts';
import { memoryLog } from './fixtures/memory-log.ts';
import { settle, virtualTime } from './fixtures/virtual-time.ts';

function watched(patienceMs: number | undefined) {
  const time = virtualTime(NOW);
  const told: string[] = [];
  const log = memoryLog();
  const thread = { answers: true, onDisk: false, late: [] as (() => void)[], pings: 0 };
  const stop = startWatchdog(
    {
      ...{ timers: time.timers, log, state: () => 'well' },
      manager: { patienceMs, tell: (word, state) => void told.push(`${word} ${state}`) },
    },
    [
      {
        name: 'journal',
        ping: () => {
          thread.pings += 1;
          if (thread.answers) return Promise.resolve();
          return new Promise((resolve) => void thread.late.push(resolve));
        },
        waitsForDisk: () => thread.onDisk,
      },
    ],
  );
  return { time, told, log, thread, stop };
}

describe('the watchdog', () => {
  test('speaks thrice within the patience of who watches, and asks each thread each time', async () => {
    const { time, told, thread, stop } = watched(30_000);
    await time.advance(30_000);
    expect(told).toEqual(Array.from({ length: 4 }, () => 'alive well'));
    expect(thread.pings).toBe(4);
    stop();
    await time.advance(60_000);
    expect(told).toHaveLength(4);
  });

  test('does not say that a stuck thread is alive, asks it no second time, and goes on when it answers', async () => {
    const { time, told, log, thread } = watched(30_000);
    thread.answers = false;
    await time.advance(35_000);
    expect(told).toEqual([
      'alive well',
      // What was asked before it got stuck, it has answered.
      'alive well',
      'state well; no answer: journal',
      'state well; no answer: journal',
    ]);
    expect(thread.pings).toBe(2);
    expect(log.events()).toEqual(['thread-stuck']);
    thread.answers = true;
    for (const answer of thread.late) answer();
    await settle();
    await time.advance(10_000);
    expect(told.at(-1)).toBe('alive well');
  });

  test('F3 F4 a thread that waits for its disk is no reason to start anew: what is kept in memory would be lost', async () => {
    const { time, told, log, thread } = watched(30_000);
    thread.answers = false;
    thread.onDisk = true;
    await time.advance(40_000);
    expect(told.at(-1)).toBe('alive well; no answer: journal');
    expect(log.events()).toEqual([]);
  });

  test('where nobody says how often, it speaks every ten seconds', async () => {
    const { time, told } = watched(undefined);
    await time.advance(20_000);
    expect(told).toHaveLength(3);
  });

  test('a thread that computes does not wait for a disk, and one that is not there neither', () => {
    expect(ownThreadId()).toBeGreaterThan(0);
    expect(waitsForDisk(ownThreadId())).toBe(false);
    expect(waitsForDisk(undefined)).toBe(false);
    expect(waitsForDisk(2 ** 30)).toBe(false);
  });
});
