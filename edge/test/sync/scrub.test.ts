import { RED, type StreamName } from '@greengate/contracts/replica/streams';
import { ok, refuse } from '@greengate/contracts/result';
import { describe, expect, onTestFinished, test } from 'vitest';
import { scrubAgainMsMin, scrubEveryMs, scrubLookMs } from '../../src/limits.ts';
import type { ReplicaWriter } from '../../src/ports.ts';
import { startScrubbing } from '../../src/sync/scrub.ts';
import { NOW } from '../fixtures/codes.ts';
import { memoryLog } from '../fixtures/memory-log.ts';
import { REGION } from '../fixtures/replica.ts';
import { virtualTime } from '../fixtures/virtual-time.ts';

function scrubbing(answer: (stream: StreamName) => ReturnType<ReplicaWriter['scrub']>) {
  const time = virtualTime(NOW);
  const scrubs: string[] = [];
  const damaged: string[] = [];
  const seen = { unknowns: 0 };
  const log = memoryLog();
  const replica = {
    scrub: (stream: StreamName) => {
      scrubs.push(stream);
      return answer(stream);
    },
  } as ReplicaWriter;
  const stop = startScrubbing(
    {
      ...time,
      replica,
      log,
      unknowns: () => seen.unknowns,
      onDamaged: (stream) => damaged.push(stream),
    },
    [RED, REGION],
  );
  onTestFinished(stop);
  return { time, scrubs, damaged, seen, log, stop };
}

describe('F13 the replica is read through', () => {
  test('at the start, once a day, and soon after a lane met what is lost', async () => {
    const s = scrubbing(() => Promise.resolve(ok(undefined)));
    await s.time.advance(scrubLookMs);
    expect(s.scrubs).toEqual([RED, REGION]);
    await s.time.advance(scrubAgainMsMin * 2);
    expect(s.scrubs).toHaveLength(2);
    s.seen.unknowns = 1;
    await s.time.advance(scrubLookMs);
    expect(s.scrubs).toHaveLength(4);
    // Not again for the same, and for others not at once.
    await s.time.advance(scrubAgainMsMin / 2);
    s.seen.unknowns = 9;
    await s.time.advance(scrubAgainMsMin / 4);
    expect(s.scrubs).toHaveLength(4);
    await s.time.advance(scrubAgainMsMin);
    expect(s.scrubs).toHaveLength(6);
    await s.time.advance(scrubEveryMs + scrubLookMs);
    expect(s.scrubs).toHaveLength(8);
    expect(s.damaged).toEqual([]);
    s.stop();
    await s.time.advance(scrubEveryMs * 2);
    expect(s.scrubs).toHaveLength(8);
  });

  test('"replica-damaged" is told of the stream; a thread that fails is logged and tried again', async () => {
    const s = scrubbing((stream) =>
      stream === RED
        ? Promise.resolve(refuse('replica-damaged'))
        : Promise.reject(new Error('thread ended')),
    );
    await s.time.advance(scrubLookMs);
    expect(s.damaged).toEqual([RED]);
    expect(s.log.events()).toEqual(['scrub-failed']);
    await s.time.advance(scrubEveryMs + scrubLookMs);
    expect(s.scrubs).toHaveLength(4);
  });
});
