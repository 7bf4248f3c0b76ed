import { createConnection, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

/** A connection on which a test writes what no client library would. */
export interface RawConnection {
  write(text: string): void;
  /** All that came so far. */
  readonly received: () => string;
  /** Resolves when the other side has closed, with all that came. */
  readonly closed: Promise<string>;
  /** Resolves when so many answers have begun. */
  answers(count: number): Promise<readonly RawAnswer[]>;
  /** Reads no more of what comes. */
  pause(): void;
  close(): void;
}

export interface RawAnswer {
  readonly status: number;
  readonly head: string;
}

export async function connectRaw(url: string): Promise<RawConnection> {
  const { port, hostname } = new URL(url);
  const socket: Socket = createConnection({ port: Number(port), host: hostname });
  onTestFinished(() => void socket.destroy());
  let text = '';
  let look: () => void = () => undefined;
  socket.setEncoding('latin1');
  socket.on('data', (chunk) => {
    text += String(chunk);
    look();
  });
  const closed = new Promise<string>((done) => socket.once('close', () => done(text)));
  socket.on('error', () => undefined);
  await new Promise<void>((done, fail) => {
    socket.once('connect', done);
    socket.once('error', fail);
  });
  return {
    write: (part) => void socket.write(part),
    received: () => text,
    closed,
    answers: (count) =>
      new Promise((done) => {
        look = () => {
          const found = answersIn(text);
          if (found.length >= count) done(found);
        };
        look();
      }),
    pause: () => void socket.pause(),
    close: () => void socket.destroy(),
  };
}

function answersIn(text: string): RawAnswer[] {
  return [...text.matchAll(/HTTP\/1\.1 (\d{3}) [^\r]*\r\n([\s\S]*?)\r\n\r\n/g)].map(
    ([, status, head]) => ({ status: Number(status), head: (head ?? '').toLowerCase() }),
  );
}

export function headOf(method: string, path: string, headers: Record<string, string>): string {
  const lines = Object.entries({ host: 'cloud.example', ...headers }).map(([k, v]) => `${k}: ${v}`);
  return `${method} ${path} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`;
}
