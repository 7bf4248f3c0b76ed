import { type PassageEvent, passageEventSchema } from '@greengate/contracts/wire/passage';

/** A well-formed event of a journal, different for each number and content. */
export function event(seq: number, at = 1000 + seq): PassageEvent {
  const passage = seq.toString(16).padStart(32, '0');
  return passageEventSchema.parse(
    seq % 2 === 1
      ? {
          kind: 'intent',
          seq,
          at,
          clock: 'trusted',
          passage,
          lane: 'lane-1',
          key: '00112233445566aa',
          verdict: 'admit',
          reason: 'status-green',
          rung: 'replica',
          staleness: 'fresh',
          replicaVer: 1,
          policyVer: 1,
          step: null,
        }
      : { kind: 'outcome', seq, at, passage, lane: 'lane-1', outcome: 'completed' },
  );
}

export function events(from: number, count: number): PassageEvent[] {
  return Array.from({ length: count }, (_, i) => event(from + i));
}

export function batchBytes(epoch: number, from: number, list: readonly unknown[]): Uint8Array {
  return new TextEncoder().encode(JSON.stringify({ epoch, from, events: list }));
}
