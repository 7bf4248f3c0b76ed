import {
  addToSums,
  type DigestSums,
  digestRow,
  emptySums,
  encodeDigests,
} from '@greengate/contracts/replica/digests';
import type { StatusEntry } from '@greengate/contracts/replica/status-entry';
import type { StreamName } from '@greengate/contracts/replica/streams';
import { digestsKeptCountMax, digestsWaitingCountMax, digestWaitMsMax } from '../limits.ts';
import type { Clock, Timers } from '../ports.ts';
import { ProblemError } from '../problem.ts';
import { pause } from './live-lines.ts';
import { checkPast, type Past, type PastDeps, readPast } from './past.ts';
import type { Ration } from './ration.ts';
import { signerFor } from './segments.ts';
import type { TailMark } from './tail.ts';

/**
 * The signed checksums of a stream as it stood at a version: the same bytes for all who stand there. Refuses as
 * `checkPast`, and `overloaded` when they take longer than `digestWaitMsMax`; they are there for who asks again.
 */
export type DigestsAt = (mark: TailMark) => Promise<Uint8Array>;

export type DigestDeps = PastDeps & { readonly clock: Clock };

/**
 * Nothing is kept of how a stream stood: a past version is the newest snapshot and the changes since. One look at the
 * snapshot serves all versions that were asked for in the meantime, so a fleet costs no more than one gateway.
 */
export function makeDigests(deps: DigestDeps, ration: Ration): DigestsAt {
  const kept = new Map<string, Promise<Uint8Array>>();
  const waiting = new Map<StreamName, Set<Wanted>>();

  const make = (mark: TailMark) =>
    new Promise<Uint8Array>((resolve, reject) => {
      const others = waiting.get(mark.stream);
      if (others) {
        if (others.size >= digestsWaitingCountMax) throw new ProblemError('overloaded');
        others.add({ ...mark, resolve, reject });
        return;
      }
      const all = new Set<Wanted>([{ ...mark, resolve, reject }]);
      waiting.set(mark.stream, all);
      void ration(() => {
        // Whoever comes from now on is for the next look.
        waiting.delete(mark.stream);
        return answerAll(deps, mark.stream, [...all]);
      });
    });

  return async (mark) => {
    await checkPast(deps, mark);
    const name = `${mark.stream}/${mark.epoch}/${mark.after}`;
    const known = kept.get(name);
    const made = known ?? make(mark);
    if (!known) {
      made.catch(() => kept.delete(name));
      kept.set(name, made);
      const oldest = kept.keys().next().value;
      if (kept.size > digestsKeptCountMax && oldest !== undefined) kept.delete(oldest);
    }
    return inTime(made, deps.timers);
  };
}

type Wanted = TailMark & {
  readonly resolve: (bytes: Uint8Array) => void;
  readonly reject: (error: unknown) => void;
};

/** Settles each of them, and never fails. */
async function answerAll(deps: DigestDeps, stream: StreamName, all: Wanted[]): Promise<void> {
  try {
    const { epoch } = await deps.looks(stream);
    const to = Math.max(...all.map(({ after }) => after));
    const past = await readPast(deps, stream, epoch, to);
    const sorted = all.toSorted((a, b) => a.after - b.after);
    const fit = sorted.filter((one) => one.epoch === epoch && one.after >= past.from);
    for (const other of all) {
      if (other.epoch !== epoch) other.reject(new ProblemError('epoch-changed'));
      else if (!fit.includes(other)) other.reject(new ProblemError('segment-gap'));
    }
    const sums = await sumsAt(
      past,
      fit.map(({ after }) => after),
      () => pause(deps.timers, 0),
    );
    const { sign } = signerFor(stream, deps.keys);
    for (const [i, one] of fit.entries()) {
      const head = { stream, epoch, ver: one.after, signedAt: deps.clock.now() };
      one.resolve(encodeDigests({ ...head, sums: sums[i] ?? emptySums() }, deps.sha256, sign));
    }
  } catch (error) {
    for (const one of all) one.reject(error);
  }
}

/** The checksums at each version; versions rise. Of what is not changed since the snapshot nothing is kept. */
async function sumsAt(
  { base, changes }: Past,
  versions: readonly number[],
  rest: () => Promise<void>,
): Promise<DigestSums[]> {
  const stands = new Map<string, StatusEntry | undefined>();
  for (const { key } of changes) stands.set(key, undefined);
  const sums = emptySums();
  for (let part = 0; part < base.count; part++) {
    for (const entry of await base.read(part)) {
      addToSums(sums, digestRow(entry));
      if (stands.has(entry.key)) stands.set(entry.key, entry);
    }
    await rest();
  }
  let next = 0;
  return versions.map((version) => {
    for (let change = changes[next]; change && change.ver <= version; change = changes[next]) {
      const before = stands.get(change.key);
      if (before) addToSums(sums, digestRow(before), -1);
      addToSums(sums, digestRow(change));
      stands.set(change.key, change);
      next += 1;
    }
    return sums.slice();
  });
}

async function inTime<T>(made: Promise<T>, timers: Timers): Promise<T> {
  let cancel: () => void = () => undefined;
  const late = new Promise<never>((_, reject) => {
    cancel = timers.after(digestWaitMsMax, () => reject(new ProblemError('overloaded')));
  });
  try {
    return await Promise.race([made, late]);
  } finally {
    cancel();
  }
}
