import type { StreamName } from '@greengate/contracts/replica/streams';
import { pushEventsCountMax, pushGatherMs } from '../limits.ts';
import type { CloudLine, Journal, Log, Random, Timers } from '../ports.ts';
import { retryDelayMs } from './backoff.ts';
import type { CloudState } from './cloud-state.ts';
import { createLive } from './live.ts';
import { type KeptManifest, type PullPorts, pullStream } from './pull.ts';
import { beginAgainIfRestored, type PushResult, pushOnce } from './push.ts';

export interface SyncPorts extends Omit<PullPorts, 'live'> {
  /** Absent: streams are followed on held tails. */
  readonly line?: CloudLine;
  readonly journal: Journal;
  readonly timers: Timers;
  readonly random: Random;
  readonly log: Log;
  readonly cloud: CloudState;
}

export interface Sync {
  /** An event was written: push soon. */
  wake(): void;
  stop(): void;
}

// How long the outbox rests when it is empty and nobody wakes it, and how long changes may gather. A cloud or a
// cache on the way that answers each tail at once is so asked twenty times a second and not a thousand.
const pushIdleMs = 1000;
const gatherMs = 50;

/** Starts a loop for each stream and one for the outbox. A loop never ends by an answer, only by `stop`. */
export function startSync(ports: SyncPorts, streams: readonly StreamName[]): Sync {
  const stopping = { now: false };
  const rests = new Set<() => void>();

  const rest = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      const done = () => {
        cancel();
        rests.delete(done);
        resolve();
      };
      const cancel = ports.timers.after(ms, done);
      rests.add(done);
    });

  const live = ports.line && createLive({ ...ports, line: ports.line }, rest);
  const pulling = live ? { ...ports, live } : ports;
  for (const stream of streams) void followStream(pulling, stream, stopping, rest);

  let wakePush: () => void = () => undefined;
  const woken = () =>
    new Promise<void>((resolve) => {
      wakePush = resolve;
    });
  void drainOutbox(ports, stopping, rest, woken);

  return {
    wake: () => wakePush(),
    stop() {
      stopping.now = true;
      live?.stop();
      wakePush();
      for (const done of rests) done();
    },
  };
}

export type Rest = (ms: number) => Promise<void>;

async function followStream(
  ports: SyncPorts & Pick<PullPorts, 'live'>,
  stream: StreamName,
  stopping: { now: boolean },
  rest: Rest,
): Promise<void> {
  let failures = 0;
  let needsManifest = true;
  const kept: KeptManifest = {};
  while (!stopping.now) {
    const failure = await pullStream(ports, stream, needsManifest, kept).catch(asFailure);
    if (stopping.now) return;
    if (!failure) {
      ports.cloud.ok();
      failures = 0;
      needsManifest = false;
      await rest(gatherMs);
      continue;
    }
    ports.cloud.failed(failure.why);
    if ('wasWell' in failure) failures = 0;
    if (isTelling(failures)) ports.log.warn('pull-failed', { stream, why: failure.why, failures });
    // The tail cannot say what is wrong; the manifest can.
    needsManifest = true;
    await rest(retryDelayMs(failures, ports.random.unit()));
    failures += 1;
  }
}

async function drainOutbox(
  ports: SyncPorts,
  stopping: { now: boolean },
  rest: Rest,
  woken: () => Promise<void>,
): Promise<void> {
  let failures = 0;
  // All that is kept is being sent again, until nothing is left to send.
  let again = false;
  while (!stopping.now) {
    const result: PushResult = await beginAgainIfRestored(ports)
      .then(() => pushOnce(ports, batchSize(failures), again))
      .catch((error: unknown) => ({ kind: 'failed' as const, ...asFailure(error) }));
    if (stopping.now) return;
    if (result.kind === 'failed') {
      ports.cloud.failed(result.why);
      if (isTelling(failures)) ports.log.warn('push-failed', { why: result.why, failures });
      await rest(retryDelayMs(failures, ports.random.unit()));
      failures += 1;
      continue;
    }
    failures = 0;
    const sent: number | undefined = result.kind === 'gap' ? undefined : result.sent;
    again = sent === undefined || (again && sent > 0);
    await restAfter(sent, rest, woken);
  }
}

/** Whoever has more than one batch to send is behind, and so is who begins again (`sent` undefined). */
async function restAfter(
  sent: number | undefined,
  rest: Rest,
  woken: () => Promise<void>,
): Promise<void> {
  if (sent !== undefined && sent >= pushEventsCountMax) return;
  if (sent === 0) await Promise.race([woken(), rest(pushIdleMs)]);
  await rest(pushGatherMs);
}

/** Tries 1, 2, 4, 8, ...: a cloud that is gone for days must not fill the disk with its absence. */
function isTelling(failures: number): boolean {
  return Number.isInteger(Math.log2(failures + 1));
}

/** After repeated refusals the batch shrinks to one, so that one bad event cannot hold the others for ever. */
function batchSize(failures: number): number | undefined {
  return failures < 3 ? undefined : 1;
}

function asFailure(error: unknown): { why: string } {
  return { why: error instanceof Error ? error.message : 'unknown' };
}
