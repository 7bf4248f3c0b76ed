import { createConnection, type Socket } from 'node:net';

/** Many raw connections, one a gateway; each asks for something that is answered again and again, or at some time. */
export interface Crowd {
  /** Resolves with milliseconds from `from` to each one's next arrival of what is wanted. */
  nextArrivals(from: number, isWanted: (data: string) => boolean): Promise<Float64Array>;
  /** How many are open at the moment. */
  readonly open: () => number;
  /** How often somebody was told to come back later, or lost the connection. */
  readonly again: () => number;
  close(): void;
}

export interface CrowdOptions {
  readonly port: number;
  readonly count: number;
  /** The request of one, made anew each time. */
  readonly request: (index: number) => Buffer;
  /** `events`: one answer that never ends. `answers`: one after the other, and each is asked for. */
  readonly mode: 'events' | 'answers';
  /** Called with what one got, before it asks again. */
  readonly took?: (index: number, data: string) => void;
}

/** Resolves when everybody is connected and, where answers are events, has been let in. */
export async function openCrowd(options: CrowdOptions): Promise<Crowd> {
  const waiting = new Map<number, (data: string) => void>();
  const members = new Set<Member>();
  const counts = { open: 0, again: 0 };
  const joinOne = (index: number): Promise<void> =>
    new Promise((ready) => {
      members.add(
        join(options, index, {
          ready: () => {
            counts.open += 1;
            ready();
          },
          data: (data) => {
            options.took?.(index, data);
            waiting.get(index)?.(data);
          },
          again: () => {
            counts.again += 1;
          },
        }),
      );
    });
  for (let at = 0; at < options.count; at += dialsAtOnceCount) {
    const dials = Math.min(dialsAtOnceCount, options.count - at);
    await Promise.all(Array.from({ length: dials }, (_, i) => joinOne(at + i)));
  }
  return {
    nextArrivals: (from, isWanted) =>
      new Promise((done) => {
        const arrivals = new Float64Array(options.count);
        for (let index = 0; index < options.count; index++) {
          waiting.set(index, (data) => {
            if (!isWanted(data)) return;
            arrivals[index] = performance.now() - from;
            waiting.delete(index);
            if (waiting.size === 0) done(arrivals);
          });
        }
      }),
    open: () => counts.open,
    again: () => counts.again,
    close: () => {
      for (const member of members) member.close();
    },
  };
}

const dialsAtOnceCount = 200;
/** The cloud takes no more from one address; all of 127.0.0.0/8 is this machine. */
const perAddressCount = 900;

interface Member {
  close(): void;
}

interface Ears {
  readonly ready: () => void;
  readonly data: (data: string) => void;
  readonly again: () => void;
}

function join({ port, request, mode }: CrowdOptions, index: number, ears: Ears): Member {
  let socket: Socket | undefined;
  let closed = false;
  let isReady = false;
  const ready = () => {
    if (!isReady) ears.ready();
    isReady = true;
  };
  const dial = () => {
    if (closed) return;
    const localAddress = `127.0.1.${1 + Math.floor(index / perAddressCount)}`;
    const own = createConnection({ port, host: '127.0.0.1', localAddress, noDelay: true });
    socket = own;
    const ask = () => void own.write(request(index));
    const later = (seconds: number) => {
      ears.again();
      setTimeout(mode === 'events' ? dial : ask, seconds * 1000);
    };
    const read =
      mode === 'events'
        ? eventReader(ready, ears.data, later)
        : answerReader(ask, ears.data, later);
    own.setEncoding('latin1');
    own.on('data', read);
    own.on('error', () => undefined);
    own.on('close', () => {
      if (closed || own !== socket) return;
      ears.again();
      setTimeout(dial, 200);
    });
    own.on('connect', () => {
      ask();
      if (mode === 'answers') ready();
    });
  };
  dial();
  return {
    close: () => {
      closed = true;
      socket?.destroy();
    },
  };
}

type Later = (seconds: number) => void;

/** Server-sent events; those of a chunked answer too, whose chunks begin and end outside of an event. */
function eventReader(ready: () => void, data: (data: string) => void, later: Later) {
  let held = '';
  let isOpen = false;
  return (chunk: string): void => {
    held += chunk;
    if (!isOpen) {
      const end = held.indexOf('\r\n\r\n');
      if (end < 0) return;
      isOpen = held.startsWith('HTTP/1.1 200');
      if (!isOpen) {
        later(retryAfter(held));
        return;
      }
      held = held.slice(end + 4);
      ready();
    }
    for (let end = held.indexOf('\n\n'); end >= 0; end = held.indexOf('\n\n')) {
      const start = held.indexOf('event: ');
      if (start >= 0 && start < end) data(held.slice(start, end));
      held = held.slice(end + 2);
    }
  };
}

/** Answers of a kept connection; the next is asked for as soon as one is there. */
function answerReader(ask: () => void, data: (data: string) => void, later: Later) {
  let held = '';
  return (chunk: string): void => {
    held += chunk;
    const end = held.indexOf('\r\n\r\n');
    if (end < 0) return;
    const length = Number(/content-length: *(\d+)/i.exec(held)?.[1]);
    if (held.length < end + 4 + length) return;
    const answer = held;
    held = '';
    if (!answer.startsWith('HTTP/1.1 200')) {
      later(retryAfter(answer));
      return;
    }
    data(answer.slice(end + 4));
    ask();
  };
}

function retryAfter(answer: string): number {
  return Number(/retry-after: *(\d+)/i.exec(answer)?.[1] ?? 1);
}
