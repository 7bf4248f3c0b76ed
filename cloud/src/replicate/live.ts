import type { StreamName } from '@greengate/contracts/replica/streams';
import type { LiveEnd, LiveMark } from '@greengate/contracts/wire/live';
import { liveHeartbeatMs } from '../limits.ts';
import type { LiveLine } from '../live-line.ts';
import type { StreamState } from '../ports.ts';
import { ProblemError } from '../problem.ts';
import { type Channel, type ChannelDeps, makeChannel } from './live-channel.ts';

/** Lines that gateways follow streams on. A change is signed and encoded once, and the same bytes go to all. */
export interface Live {
  /**
   * Checks the marks, then opens a line by `begin` and keeps it fed until it closes: each change past a mark once,
   * in order, and a signed heartbeat when there is none. Refuses `epoch-changed` and `segment-gap`.
   */
  open(marks: readonly LiveMark[], begin: () => LiveLine): Promise<void>;
  /** A stream has grown, or may have. */
  wake(stream: StreamName): void;
  /** What somebody saw of a stream: another process may have published. */
  seen(stream: StreamName, state: StreamState): void;
  endAll(why: LiveEnd): void;
}

export function makeLive(deps: ChannelDeps): Live {
  const channels = new Map<StreamName, Channel>();
  const channelOf = (stream: StreamName): Channel => {
    const found = channels.get(stream) ?? makeChannel(deps, stream);
    channels.set(stream, found);
    return found;
  };
  let ended = false;
  let stopHeart: (() => void) | undefined;
  const beat = () => {
    const isFollowed = [...channels.values()].map((channel) => channel.beat()).includes(true);
    stopHeart = isFollowed ? deps.timers.after(liveHeartbeatMs, beat) : undefined;
  };
  return {
    open: async (marks, begin) => {
      const reached = await Promise.all(
        marks.map(async (mark) => {
          const channel = channelOf(mark.stream);
          return { mark, channel, news: await channel.newsPast(mark) };
        }),
      );
      if (ended) throw new ProblemError('overloaded');
      const line = begin();
      for (const { mark, channel, news } of reached) channel.join(line, mark, news);
      stopHeart ??= deps.timers.after(liveHeartbeatMs, beat);
    },
    wake: (stream) => channels.get(stream)?.wake(),
    seen: (stream, state) => channels.get(stream)?.seen(state),
    endAll: (why) => {
      ended = true;
      stopHeart?.();
      for (const channel of channels.values()) channel.end(why);
    },
  };
}
