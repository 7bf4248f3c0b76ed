import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import { Hono } from 'hono';
import { type SSEStreamingApi, streamSSE } from 'hono/streaming';
import type { FromPeer, ToPeer } from './messages.ts';

// The peer: Hono's own streamSSE, a stream and an encoding for each connection. It signs, stores and asks for nothing.

const streams = new Set<SSEStreamingApi>();
const app = new Hono();
app.get('/live', (c) =>
  streamSSE(c, async (stream) => {
    streams.add(stream);
    await new Promise<void>((done) => {
      stream.onAbort(() => {
        streams.delete(stream);
        done();
      });
    });
  }),
);

const server = createServer(getRequestListener(app.fetch));
server.listen(0, '127.0.0.1', () => {
  tell({ kind: 'port', port: (server.address() as AddressInfo).port });
});

process.on('disconnect', () => process.exit(0));
process.on('message', ({ event, segment }: ToPeer) => {
  const bytes = Buffer.from(segment, 'base64');
  for (const stream of streams) void stream.writeSSE({ event, data: bytes.toString('base64') });
});

function tell(message: FromPeer): void {
  process.send?.(message);
}
