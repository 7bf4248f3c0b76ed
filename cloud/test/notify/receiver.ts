import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

/** A request as a receiver got it. */
export interface Received {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Every byte of head and body. */
  readonly raw: string;
}

export interface Receiver {
  readonly url: string;
  readonly received: Received[];
}

/** A real HTTP server; `answer` says how it behaves, by the number of the request. */
export async function receiver(
  answer: (count: number, ...args: Parameters<RequestListener>) => void = (_count, _in, out) =>
    void out.writeHead(204).end(),
): Promise<Receiver> {
  const received: Received[] = [];
  const server = createServer((incoming, outgoing) => {
    void read(incoming).then((body) => {
      const headers = incoming.headers as Record<string, string>;
      const url = `http://${headers['host']}${incoming.url}`;
      const raw = `${incoming.method} ${incoming.url}\n${incoming.rawHeaders.join('\n')}\n${body}`;
      received.push({ url, headers, body, raw });
      answer(received.length, incoming, outgoing);
    });
  });
  await new Promise<void>((done) => void server.listen(0, '127.0.0.1', done));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, received };
}

async function read(incoming: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of incoming) parts.push(part as Buffer);
  return Buffer.concat(parts).toString('utf8');
}
