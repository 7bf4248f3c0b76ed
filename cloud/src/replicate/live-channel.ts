import type { StreamName } from '@greengate/contracts/replica/streams';
import type { LiveEnd, LiveMark } from '@greengate/contracts/wire/live';
import { livePauseMsMax, livePauseMsMin, tailEntriesCountMax } from '../limits.ts';
import type { LiveLine } from '../live-line.ts';
import type { Clock, Log, StreamState, Timers } from '../ports.ts';
import { ProblemError } from '../problem.ts';
import { endFrame, liveFrame } from './live-frame.ts';
import { type LiveLines, makeLines, pause } from './live-lines.ts';
import type { Looks } from './looks.ts';
import type { TailAnswers } from './tail-answers.ts';

export interface ChannelDeps {
  readonly looks: Looks;
  readonly answers: TailAnswers;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly log: Log;
}

/** One stream and the lines that follow it. */
export interface Channel {
  /**
   * What a line at the mark lacks; undefined when it lacks nothing. Refuses `epoch-changed`, and `segment-gap` for
   * a mark past the head or so far behind that the manifest is the way.
   */
  newsPast(mark: LiveMark): Promise<News | undefined>;
  /** `news`: what `newsPast` said of the mark. */
  join(line: LiveLine, mark: LiveMark, news: News | undefined): void;
  /** The stream has grown, or may have. */
  wake(): void;
  /** What somebody saw of the stream; wakes it if that is not where the lines are. */
  seen(state: StreamState): void;
  /** Sends a heartbeat; false when nobody follows. */
  beat(): boolean;
  end(why: LiveEnd): void;
}

/** A tail segment as a frame, and the version that it reaches. */
export interface News {
  readonly to: number;
  readonly frame: Uint8Array;
}

/** What the functions below work on. */
interface Held {
  readonly stream: StreamName;
  readonly lines: LiveLines;
  /** Where all lines are, or will be once what is being sent is sent; undefined before the first look. */
  at: StreamState | undefined;
  beats: boolean;
  ended: boolean;
}

export function makeChannel(deps: ChannelDeps, stream: StreamName): Channel {
  const lines = makeLines(deps.timers);
  const held: Held = { stream, lines, at: undefined, beats: false, ended: false };
  const wake = makeTurns(deps, () =>
    advance(deps, held).catch(() => deps.log.error('cannot send changes', { stream })),
  );
  return {
    newsPast: async ({ epoch, after }) => {
      if (held.at === undefined || after > held.at.head) await wake();
      const { at } = held;
      if (at === undefined) throw new ProblemError('overloaded');
      if (epoch !== at.epoch) throw new ProblemError('epoch-changed');
      const behind = at.head - after;
      if (behind < 0 || behind > tailEntriesCountMax) throw new ProblemError('segment-gap');
      return behind === 0 ? undefined : newsOf(deps, stream, at, after);
    },
    join: (line, mark, news) => {
      if (news) line.write(news.frame);
      join(deps, held, line, { ...mark, after: news?.to ?? mark.after }).catch(() =>
        line.end(endFrame('draining')),
      );
    },
    wake: () => void wake(),
    seen: ({ epoch, head }) => {
      const { at } = held;
      if (at !== undefined && (epoch !== at.epoch || head !== at.head)) void wake();
    },
    beat: () => {
      lines.check();
      if (lines.count() === 0) return false;
      held.beats = true;
      void wake();
      return true;
    },
    end: (why) => {
      held.ended = true;
      lines.endAll(why);
    },
  };
}

/** One run of `work` at a time, and then a pause as long as it took: fan-out has half of the time at most. */
function makeTurns({ clock, timers }: ChannelDeps, work: () => Promise<void>): () => Promise<void> {
  let turn: Promise<void> | undefined;
  let again = false;
  const run = async (): Promise<void> => {
    while (again) {
      again = false;
      const began = clock.now();
      await work();
      const took = Math.max(livePauseMsMin, clock.now() - began);
      if (again) await pause(timers, Math.min(took, livePauseMsMax));
    }
    turn = undefined;
  };
  return () => {
    again = true;
    turn ??= run();
    return turn;
  };
}

/** Brings all lines to where the stream is now. */
async function advance(deps: ChannelDeps, held: Held): Promise<void> {
  const { stream, lines } = held;
  const state = await deps.looks(stream);
  const at = held.at?.epoch === state.epoch ? held.at : state;
  if (at !== held.at) lines.endAll('epoch-changed');
  held.at = at;
  const isBeat = held.beats;
  held.beats = false;
  if (isBeat && state.head <= at.head) {
    await lines.send((await newsOf(deps, stream, at, at.head)).frame);
  }
  let reached = at.head;
  while (state.head > reached) {
    const isFollowed = lines.count() > 0;
    const news = isFollowed ? await newsOf(deps, stream, state, reached) : undefined;
    reached = news?.to ?? state.head;
    // Whoever joins from here on has what is in these news: they compare their place with this one.
    held.at = { ...at, head: reached };
    if (news) await lines.send(news.frame);
  }
}

/** Between the comparison and the joining nothing may happen, or a change would be missed or come twice. */
async function join(deps: ChannelDeps, held: Held, line: LiveLine, mark: LiveMark): Promise<void> {
  const { epoch } = mark;
  let reached = mark.after;
  while (held.at?.epoch === epoch && reached < held.at.head && line.isOpen()) {
    const news = await newsOf(deps, held.stream, held.at, reached);
    line.write(news.frame);
    reached = news.to;
  }
  if (held.ended) line.end(endFrame('draining'));
  else if (held.at?.epoch === epoch) held.lines.add(line);
  else line.end(endFrame('epoch-changed'));
}

async function newsOf(
  { answers }: ChannelDeps,
  stream: StreamName,
  { epoch, head }: StreamState,
  after: number,
): Promise<News> {
  const { to, bytes } = await answers({ stream, epoch, after }, head);
  return { to, frame: liveFrame(stream, bytes) };
}
