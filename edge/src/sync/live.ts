import { CONTROL, type StreamName } from '@greengate/contracts/replica/streams';
import { formatLiveMarks, type LiveMark } from '@greengate/contracts/wire/live';
import { lineEventCharsMax, lineSilentMsMax, lineSpreadMsMax } from '../limits.ts';
import type { CloudLine, LineEnd, Random } from '../ports.ts';
import type { CloudState } from './cloud-state.ts';
import { apply, type PullFailure, type PullPorts } from './pull.ts';

/** All streams of the gateway on one line. */
export interface Live {
  /**
   * Keeps a stream that is caught up fed by the line. Resolves when that is over, with why the stream must be looked
   * at again, or with `no-line` where the cloud, or what stands between, gives none: a held tail is the way then.
   */
  follow(stream: StreamName): Promise<PullFailure | 'no-line'>;
  stop(): void;
}

export interface LivePorts extends Pick<PullPorts, 'replica' | 'onVerified' | 'onTrouble'> {
  readonly line: CloudLine;
  readonly random: Random;
  readonly cloud: CloudState;
}

type Outcome = PullFailure | 'no-line';

/** What the functions below work on. */
interface Followed {
  readonly streams: Map<StreamName, (outcome: Outcome) => void>;
  /** Gives up the line that is open, or being opened. */
  leave: AbortController;
  stopped: boolean;
  running: boolean;
}

/** `rest` ends early when everything stops. */
export function createLive(ports: LivePorts, rest: (ms: number) => Promise<void>): Live {
  const followed: Followed = {
    streams: new Map(),
    leave: new AbortController(),
    stopped: false,
    running: false,
  };
  return {
    follow: (stream) =>
      new Promise((done) => {
        if (followed.stopped) return done({ why: 'stopped' });
        followed.streams.set(stream, done);
        // A line says at its beginning which streams it is for.
        followed.leave.abort();
        if (!followed.running) void keepLine(ports, followed, rest);
      }),
    stop: () => {
      followed.stopped = true;
      followed.leave.abort();
      settleAll(followed, { why: 'stopped' });
    },
  };
}

const gatherMs = 50;

/** One line after the other for as long as there is a stream to follow. */
async function keepLine(
  ports: LivePorts,
  followed: Followed,
  rest: (ms: number) => Promise<void>,
): Promise<void> {
  followed.running = true;
  let wasOpen = false;
  while (followed.streams.size > 0) {
    await rest(gatherMs);
    followed.leave = new AbortController();
    const end = await oneLine(ports, followed).catch(
      (error: unknown): LineEnd => ({
        kind: 'over',
        why: error instanceof Error ? error.message : 'unknown',
        wasOpen: false,
      }),
    );
    // Given up by ourselves, because there is another stream to follow, or none.
    if (followed.leave.signal.aborted) continue;
    const outcome = outcomeOf(end, wasOpen);
    if (outcome) settleAll(followed, outcome);
    else if (end.kind === 'over') {
      // It was well until it broke: all who were on it come back, but not all at once.
      if (end.why !== 'draining') ports.cloud.failed(end.why);
      await rest(ports.random.unit() * lineSpreadMsMax);
    }
    wasOpen = outcome === undefined;
  }
  followed.running = false;
}

/** What streams hear of the end of a line; undefined: the line is tried again first. `again`: it is such a try. */
function outcomeOf(end: LineEnd, again: boolean): Outcome | undefined {
  if (end.kind === 'refused') {
    const why = REFUSALS.get(end.status);
    return why === undefined ? 'no-line' : { why };
  }
  if (end.why === 'epoch-changed') return { why: end.why, wasWell: true };
  if (end.wasOpen) return undefined;
  return again ? { why: end.why, wasWell: true } : { why: end.why };
}

const REFUSALS = new Map([
  [409, 'segment-gap'],
  [410, 'epoch-changed'],
]);

async function oneLine(ports: LivePorts, followed: Followed): Promise<LineEnd> {
  const { signal } = followed.leave;
  const marks = await marksOf(ports, followed);
  if (marks.length === 0) return { kind: 'over', why: 'nothing-to-follow', wasOpen: false };
  return ports.line.follow(`/v1/replica/live?at=${encodeURIComponent(formatLiveMarks(marks))}`, {
    silentMs: lineSilentMsMax,
    charsMax: lineEventCharsMax,
    signal,
    onOpen: () => ports.cloud.ok(),
    onEvent: async (name, data) => {
      const stream = marks.find((mark) => mark.stream === name)?.stream;
      // One that failed is no longer followed; the line goes on for the others until it is back.
      if (stream === undefined || !followed.streams.has(stream)) return;
      const failure = await apply(ports, stream, Buffer.from(data, 'base64'));
      if (failure) settle(followed, stream, { ...failure, wasWell: true });
    },
  });
}

async function marksOf({ replica }: LivePorts, followed: Followed): Promise<LiveMark[]> {
  const marks: LiveMark[] = [];
  // Keys first: what comes of the others is believed by them.
  const streams = [...followed.streams.keys()].sort(
    (a, b) => Number(b === CONTROL) - Number(a === CONTROL),
  );
  for (const stream of streams) {
    const mark = await replica.mark(stream);
    if (mark) marks.push({ stream, epoch: mark.epoch, after: mark.cursor });
    else settle(followed, stream, { why: 'manifest-malformed' });
  }
  return marks;
}

function settle({ streams }: Followed, stream: StreamName, outcome: Outcome): void {
  const done = streams.get(stream);
  streams.delete(stream);
  done?.(outcome);
}

function settleAll(followed: Followed, outcome: Outcome): void {
  for (const stream of [...followed.streams.keys()]) settle(followed, stream, outcome);
}
