import { createConnection, type Socket } from 'node:net';

/** One answer as far as a load test looks at it. */
export interface Answer {
  readonly status: number;
  /** Seconds; absent when the header is not there. */
  readonly retryAfter: number | undefined;
  readonly body: string;
}

/** Kept connections that the server knows, as a proxy keeps them; one request on each at a time. Written by hand: every client library costs more than the server. */
export interface Connections {
  /** False when no connection is free. `answered` gets undefined when the connection broke. */
  send(request: Buffer, answered: (answer: Answer | undefined) => void): boolean;
  close(): void;
}

export async function openConnections(port: number, count: number): Promise<Connections> {
  // First in, first out: so none is idle for so long that the server closes it.
  const idle = new Set<Line>();
  const open = new Set<Line>();
  let closed = false;
  const dial = async (): Promise<void> => {
    // Undefined while it is being connected: one that breaks then was never among the open ones.
    let own: Line | undefined;
    const line = await connect(port, {
      freed: () => void (own && idle.add(own)),
      broken: () => {
        if (own === undefined) return;
        open.delete(own);
        idle.delete(own);
        if (!closed) dial().catch(() => undefined);
      },
    });
    own = line;
    open.add(line);
    // Node 20 accepts one connection a turn: one that is open for us may be unknown to the server for long.
    await new Promise<void>((done) => line.send(HELLO, () => done()));
  };
  // Fewer at once than the kernel's queue of connections that nobody has accepted yet.
  for (let at = 0; at < count; at += DIALS) {
    await Promise.all(Array.from({ length: Math.min(DIALS, count - at) }, dial));
  }
  return {
    send: (request, answered) => {
      for (const line of idle) {
        idle.delete(line);
        line.send(request, answered);
        return true;
      }
      return false;
    },
    close: () => {
      closed = true;
      for (const line of open) line.close();
    },
  };
}

const DIALS = 100;
const HELLO = Buffer.from('GET /healthz HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n');

interface Line {
  send(request: Buffer, answered: (answer: Answer | undefined) => void): void;
  close(): void;
}

function connect(
  port: number,
  on: { readonly freed: () => void; readonly broken: () => void },
): Promise<Line> {
  return new Promise((done, fail) => {
    const socket = createConnection({ port, host: '127.0.0.1', noDelay: true });
    let waiting: ((answer: Answer | undefined) => void) | undefined;
    let held = '';
    socket.setEncoding('latin1');
    socket.on('data', (chunk: string) => {
      // What nobody asked for is a goodbye, and the end of the connection follows.
      if (waiting === undefined) return;
      held += chunk;
      const answer = whole(held);
      if (answer === undefined) return;
      held = '';
      const answered = waiting;
      waiting = undefined;
      on.freed();
      answered?.(answer);
    });
    socket.on('error', fail);
    socket.on('close', () => {
      on.broken();
      waiting?.(undefined);
      waiting = undefined;
    });
    socket.on('connect', () => done({ send, close: () => endNow(socket) }));
    const send: Line['send'] = (request, answered) => {
      waiting = answered;
      socket.write(request);
    };
  });
}

function endNow(socket: Socket): void {
  socket.removeAllListeners('close');
  socket.destroy();
}

/** The answer once all of it is there; every answer of the cloud says its length. */
function whole(held: string): Answer | undefined {
  const end = held.indexOf('\r\n\r\n');
  if (end < 0) return undefined;
  const head = held.slice(0, end);
  const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
  if (length === undefined) throw new Error(`an answer without a length: ${head}`);
  if (held.length < end + 4 + Number(length)) return undefined;
  const status = Number(head.slice(9, 12));
  const retry = status === 429 ? /\r\nretry-after: *(\d+)/i.exec(head)?.[1] : undefined;
  const retryAfter = retry === undefined ? undefined : Number(retry);
  return { status, retryAfter, body: held.slice(end + 4) };
}
