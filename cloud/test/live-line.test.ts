import { createServer, type ServerResponse } from 'node:http';
import { type AddressInfo, createConnection, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { liveUnsentBytesMax } from '../src/limits.ts';
import { type LiveLine, openLine } from '../src/live-line.ts';
import { makeLines } from '../src/replicate/live-lines.ts';

interface Connected {
  readonly line: LiveLine;
  readonly response: ServerResponse;
  readonly client: Socket;
  readonly onCut: () => void;
  readonly received: () => number;
  readonly closed: Promise<unknown>;
}

/** A line over a real connection. */
async function connected(): Promise<Connected> {
  const onCut = vi.fn();
  const server = createServer();
  const opened = new Promise<{ line: LiveLine; response: ServerResponse }>((done) => {
    server.once('request', (_, response) => done({ line: openLine(response, onCut), response }));
  });
  await new Promise<void>((done) => void server.listen(0, '127.0.0.1', done));
  const client = createConnection({ port: (server.address() as AddressInfo).port });
  let received = 0;
  client.on('data', (chunk) => {
    received += chunk.length;
  });
  client.on('error', () => undefined);
  const closed = new Promise((done) => client.once('close', done));
  client.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n');
  onTestFinished(() => {
    client.destroy();
    server.close();
  });
  const { line, response } = await opened;
  return { line, response, client, onCut, received: () => received, closed };
}

const timers = {
  after: (ms: number, callback: () => void) => {
    const timer = setTimeout(callback, ms);
    return () => clearTimeout(timer);
  },
};

describe('F9: a client that does not read', () => {
  test('is cut off at the limit, and nobody else notices', async () => {
    const [frozen, healthy] = [await connected(), await connected()];
    frozen.client.pause();
    const lines = makeLines(timers);
    for (const { line } of [frozen, healthy]) lines.add(line);
    const frame = Buffer.alloc(64 * 1024, 0x20);
    let sent = 0;
    while (frozen.line.isOpen()) {
      expect(sent).toBeLessThan(1000);
      await lines.send(frame);
      expect(frozen.response.writableLength).toBeLessThanOrEqual(liveUnsentBytesMax);
      sent += 1;
      await vi.waitFor(() => expect(healthy.received()).toBeGreaterThan(sent * frame.length));
    }
    expect(frozen.onCut).toHaveBeenCalledOnce();
    frozen.client.resume();
    await frozen.closed;
    lines.check();
    expect(lines.count()).toBe(1);
    expect([healthy.line.isOpen(), vi.mocked(healthy.onCut).mock.calls]).toEqual([true, []]);
  });

  test('though it owes little, is cut when it reads nothing from one heartbeat to the next', async () => {
    const { line, response, client, onCut } = await connected();
    client.pause();
    const frame = Buffer.alloc(64 * 1024, 0x20);
    while (response.writableLength === 0) {
      line.write(frame);
      await sleep(1);
    }
    line.checkReading();
    expect(line.isOpen()).toBe(true);
    line.checkReading();
    expect([line.isOpen(), vi.mocked(onCut).mock.calls.length]).toEqual([false, 1]);
  });

  test('one that reads slowly is not', async () => {
    const { line, response, client, received } = await connected();
    const frame = Buffer.alloc(64 * 1024, 0x20);
    for (let beat = 0; beat < 5; beat++) {
      client.pause();
      while (response.writableLength === 0) {
        line.write(frame);
        await sleep(1);
      }
      line.checkReading();
      expect(line.isOpen()).toBe(true);
      const before = received();
      client.resume();
      await vi.waitFor(() => expect(received()).toBeGreaterThan(before));
      await vi.waitFor(() => expect(response.writableLength).toBe(0));
    }
  });
});

test('a line that ends says so, and what is written to a closed one is nothing', async () => {
  const { line, client, closed } = await connected();
  line.end(Buffer.from('event: end\ndata: draining\n\n'));
  expect(line.isOpen()).toBe(false);
  line.write(Buffer.from('late'));
  line.end(Buffer.from('twice'));
  await closed;
  expect(client.readableEnded).toBe(true);
});
