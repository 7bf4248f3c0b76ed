import { digestsBytesMax, segmentBytesMax } from '@greengate/contracts/limits';
import type { ReasonCode } from '@greengate/contracts/refusals';
import { CONTROL, type StreamName } from '@greengate/contracts/replica/streams';
import {
  checkAgainMs,
  checkAskAgainMs,
  checkAsksCountMax,
  checkEveryMs,
  checkFirstMsMax,
  checkLookMs,
  checkSoonMsMax,
  digestCallsCountMax,
  digestPauseMs,
  requestTimeoutMs,
} from '../limits.ts';
import type {
  Clock,
  CloudAnswer,
  CloudLink,
  Log,
  Random,
  ReplicaWriter,
  Timers,
} from '../ports.ts';
import { retryDelayMs } from './backoff.ts';

export interface CheckPorts {
  readonly link: CloudLink;
  readonly replica: Pick<ReplicaWriter, 'readDigests' | 'offerDigests' | 'offerBucket'>;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  readonly log: Log;
  /** Look-ups so far that found a row damaged, lost or not yet mended. */
  unknowns(): number;
  onDamaged(stream: StreamName): void;
  /** So many buckets of a stream are not what the cloud says. */
  onDiverged(stream: StreamName, buckets: number): void;
}

/** For panel and metrics. */
export interface CheckState {
  /** When all streams were last held against the cloud's; null before. */
  readonly checkedAt: number | null;
  /** Buckets that are wrong now: their keys are unknown. */
  readonly wrong: number;
  /** Buckets mended since the start. */
  readonly mended: number;
}

export interface Checking {
  /** Something was wrong: check soon, and not with all others at once. */
  soon(): void;
  state(): CheckState;
  stop(): void;
}

/**
 * Holds what the gateway has against what the cloud says: once a day at a time of its own, and soon after something was
 * wrong. Seals show what a disk did to a row; this shows everything else, whatever it was.
 */
export function startChecking(ports: CheckPorts, streams: readonly StreamName[]): Checking {
  const { clock, timers, random } = ports;
  const own: Own = { checkedAt: null, wrong: new Map(), mended: 0, stopped: false };
  let dueAt = clock.mono() + random.unit() * checkFirstMsMax;
  let met = 0;
  let cancel: () => void = () => undefined;

  const soon = () => {
    dueAt = Math.min(dueAt, clock.mono() + random.unit() * checkSoonMsMax);
  };
  const rest: Rest = (ms) =>
    new Promise((resolve) => {
      cancel = timers.after(ms, resolve);
    });
  /** How long until the next. */
  const checkAll = async (): Promise<number> => {
    met = ports.unknowns();
    const results = new Set<Outcome>();
    for (const stream of streams) {
      if (stream === CONTROL || own.stopped) continue;
      results.add(await checkStream(ports, own, rest, stream).catch(failed(ports, stream)));
    }
    if (results.has('at-once')) return 0;
    const spread = 0.5 + random.unit();
    if (results.has('again')) return checkAgainMs * spread;
    own.checkedAt = clock.now();
    return checkEveryMs * spread;
  };
  const run = async () => {
    while (!own.stopped) {
      await rest(checkLookMs);
      if (ports.unknowns() > met) soon();
      if (own.stopped || clock.mono() < dueAt) continue;
      const wait = await checkAll();
      dueAt = clock.mono() + wait;
    }
  };
  void run();
  return {
    soon,
    state: () => ({
      checkedAt: own.checkedAt,
      wrong: [...own.wrong.values()].reduce((sum, count) => sum + count, 0),
      mended: own.mended,
    }),
    stop() {
      own.stopped = true;
      cancel();
    },
  };
}

type Rest = (ms: number) => Promise<void>;

/**
 * `well`: all is as the cloud says. `again`: something was mended, or could not be seen now. `at-once`: what was found
 * wrong is to be found again, because its version has passed.
 */
type Outcome = 'well' | 'again' | 'at-once';

interface Own {
  checkedAt: number | null;
  readonly wrong: Map<StreamName, number>;
  mended: number;
  stopped: boolean;
}

async function checkStream(
  ports: CheckPorts,
  own: Own,
  rest: Rest,
  stream: StreamName,
): Promise<Outcome> {
  const at = await readAll(ports, own, rest, stream);
  if (!at) return 'again';
  const path = `/v1/replica/digests/${encodeURIComponent(stream)}/${at.epoch}/${at.ver}`;
  const told = await ask(ports, own, rest, path);
  if (!told) return 'again';
  const held = await ports.replica.offerDigests(stream, told);
  if (!held.ok) return refused(ports, stream, held.refusal.code);
  const { ver, buckets } = held.value;
  own.wrong.set(stream, buckets.length);
  if (buckets.length === 0) return 'well';
  ports.onDiverged(stream, buckets.length);
  for (const [done, bucket] of buckets.entries()) {
    const end = await mend(ports, own, rest, stream, { epoch: at.epoch, ver, bucket });
    // All of it is being fetched anew.
    if (end === 'damaged') own.wrong.delete(stream);
    if (end !== 'mended') return end === 'damaged' ? 'again' : 'at-once';
    own.wrong.set(stream, buckets.length - done - 1);
    own.mended += 1;
  }
  ports.log.info('replica-mended', { stream, buckets: buckets.length });
  return 'again';
}

/** The version at which the stream's checksums are complete; undefined: not now. */
async function readAll(ports: CheckPorts, own: Own, rest: Rest, stream: StreamName) {
  for (let call = 0; call < digestCallsCountMax && !own.stopped; call++) {
    const read = await ports.replica.readDigests(stream);
    if (!read.ok) {
      refused(ports, stream, read.refusal.code);
      return undefined;
    }
    if (typeof read.value !== 'string') return read.value;
    if (read.value === 'behind') return undefined;
    await rest(digestPauseMs);
  }
  return undefined;
}

/** The cloud may need a while, and then has it for whoever asks again; what else it says ends the check. */
async function ask(ports: CheckPorts, own: Own, rest: Rest, path: string) {
  for (let asked = 0; asked < checkAsksCountMax && !own.stopped; asked++) {
    const answer = await ports.link.get(path, {
      bytesMax: digestsBytesMax,
      timeoutMs: requestTimeoutMs,
    });
    if (answer.kind === 'answer' && answer.status === 200) return answer.body;
    if (answer.kind === 'answer' && !WAIT.has(answer.status)) return undefined;
    await rest(checkAskAgainMs * (0.5 + ports.random.unit()));
  }
  return undefined;
}

const WAIT = new Set([429, 503]);

interface Bucket {
  readonly epoch: number;
  readonly ver: number;
  readonly bucket: number;
}

/** Fetches a bucket until it is there: its people are sent to the attendant meanwhile. `gone`: begin the check anew. */
async function mend(
  ports: CheckPorts,
  own: Own,
  rest: Rest,
  stream: StreamName,
  { epoch, ver, bucket }: Bucket,
): Promise<'mended' | 'gone' | 'damaged'> {
  const path = `/v1/replica/bucket/${encodeURIComponent(stream)}/${epoch}/${ver}/${bucket}`;
  for (let failures = 0; !own.stopped; failures++) {
    const answer = await ports.link.get(path, {
      bytesMax: segmentBytesMax,
      timeoutMs: requestTimeoutMs,
    });
    const end = await putIn(ports, stream, bucket, answer);
    if (end) return end;
    await rest(retryDelayMs(failures, ports.random.unit()));
  }
  return 'gone';
}

/** Undefined: to be tried again. */
async function putIn(ports: CheckPorts, stream: StreamName, bucket: number, answer: CloudAnswer) {
  if (answer.kind === 'failed') return undefined;
  // A version that the cloud no longer answers for.
  if (GONE.has(answer.status)) return 'gone';
  if (answer.status !== 200) return undefined;
  const put = await ports.replica.offerBucket(stream, bucket, answer.body);
  if (put.ok) return 'mended';
  const { code } = put.refusal;
  refused(ports, stream, code);
  if (code === 'replica-damaged') return 'damaged';
  return code === 'segment-gap' ? 'gone' : undefined;
}

const GONE = new Set([404, 409, 410]);

function refused(ports: CheckPorts, stream: StreamName, why: ReasonCode): Outcome {
  if (why === 'replica-damaged') ports.onDamaged(stream);
  else ports.log.warn('check-failed', { stream, why });
  return 'again';
}

function failed({ log }: CheckPorts, stream: StreamName) {
  return (error: unknown): Outcome => {
    log.warn('check-failed', { stream, why: error instanceof Error ? error.message : 'unknown' });
    return 'again';
  };
}
