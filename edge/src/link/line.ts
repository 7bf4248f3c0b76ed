import { LIVE_END, LIVE_MEDIA_TYPE } from '@greengate/contracts/wire/live';
import type { CloudLine, Timers } from '../ports.ts';
import { createEventReader } from './event-reader.ts';
import { whyOf } from './why.ts';

/**
 * The gateway's end of a live line. `ask` sends the signed request; `underWay` holds what is to be given up when the
 * link stops. Every way to fail is an answer.
 */
export function makeFollow(
  ask: (path: string, signal: AbortSignal) => Promise<Response>,
  timers: Timers,
  underWay: Set<AbortController>,
): CloudLine['follow'] {
  return async (path, bounds) => {
    let wasOpen = false;
    const abort = new AbortController();
    const giveUp = (why: string) => abort.abort(new Error(why));
    const silence = makeSilence(timers, bounds.silentMs, () => giveUp('timeout'));
    const leave = () => giveUp('left');
    bounds.signal.addEventListener('abort', leave);
    if (bounds.signal.aborted) leave();
    underWay.add(abort);
    try {
      const response = await ask(path, abort.signal);
      const { status } = response;
      if (status !== 200 || !isLine(response)) return { kind: 'refused', status };
      wasOpen = true;
      bounds.onOpen();
      return { kind: 'over', why: await readLine(response, bounds, silence.heard), wasOpen };
    } catch (error) {
      return { kind: 'over', why: whyOf(error), wasOpen };
    } finally {
      silence.stop();
      bounds.signal.removeEventListener('abort', leave);
      underWay.delete(abort);
      // Whatever else there is of the answer, nobody reads it.
      leave();
    }
  };
}

function isLine({ headers }: Response): boolean {
  return headers.get('content-type')?.startsWith(LIVE_MEDIA_TYPE) === true;
}

/** Answers why it ended. */
async function readLine(
  { body }: Response,
  { charsMax, onEvent }: Parameters<CloudLine['follow']>[1],
  heard: () => void,
): Promise<string> {
  const read = createEventReader(charsMax);
  for await (const chunk of (body ?? []) as AsyncIterable<Uint8Array>) {
    const events = read(chunk);
    if (events === undefined) return 'answer-too-large';
    for (const { name, data } of events) {
      if (name === LIVE_END) return data;
      await onEvent(name, data);
    }
    // From here on: applying a large segment takes its time, and is no silence of the cloud.
    heard();
  }
  return 'line-closed';
}

function makeSilence(timers: Timers, ms: number, onSilence: () => void) {
  let cancel = timers.after(ms, onSilence);
  return {
    heard: () => {
      cancel();
      cancel = timers.after(ms, onSilence);
    },
    stop: () => cancel(),
  };
}
