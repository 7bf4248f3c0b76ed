import { createConnection } from 'node:net';
import { decodeSegment, type Segment } from '@greengate/contracts/replica/segment';
import { CONTROL, type StreamName, streamNameSchema } from '@greengate/contracts/replica/streams';
import { formatLiveMarks, type LiveMark } from '@greengate/contracts/wire/live';
import { onTestFinished } from 'vitest';
import { type GatewayKey, signedHeaders } from './gateway-client.ts';
import { checkOf, sha256 } from './running-cloud.ts';

/** What a follower needs to know of a cloud, whether it runs in the test's process or in one of its own. */
export interface Followed {
  readonly url: string;
  readonly keys: {
    readonly root: { readonly publicKey: string };
    readonly replica: { readonly publicKey: string };
  };
  readonly clock: { now(): number };
}

/** A gateway's end of a live line, over a socket of its own; every segment is verified as it comes. */
export interface Follower {
  readonly status: number;
  /** Names of the response's headers with their values, lower case. */
  readonly head: string;
  readonly segments: readonly Segment[];
  /** Resolves when `enough` holds of what came. */
  until(enough: (segments: readonly Segment[]) => boolean): Promise<void>;
  /** Resolves when the cloud has closed, with what it said last. */
  readonly ended: Promise<string | undefined>;
  /** Reads no more. */
  pause(): void;
  resume(): void;
  close(): void;
}

export async function followLive(
  cloud: Followed,
  key: GatewayKey,
  marks: readonly LiveMark[],
): Promise<Follower> {
  const path = `/v1/replica/live?at=${encodeURIComponent(formatLiveMarks(marks))}`;
  const headers = await signedHeaders(key, cloud.url + path, { now: cloud.clock.now() });
  const { port, hostname, host } = new URL(cloud.url);
  const socket = createConnection({ port: Number(port), host: hostname });
  onTestFinished(() => void socket.destroy());
  const lines = Object.entries({ ...headers, host }).map(
    ([name, value]) => `${name}: ${value}\r\n`,
  );
  socket.write(`GET ${path} HTTP/1.1\r\n${lines.join('')}\r\n`);

  const segments: Segment[] = [];
  const looks = new Set<() => void>();
  let why: string | undefined;
  let head = '';
  let held = '';
  const take = (event: string) => {
    const [, name = '', data = ''] = /^event: (.*)\ndata: (.*)$/.exec(event) ?? [];
    if (name === 'end') why = data;
    else segments.push(read(cloud, streamNameSchema.parse(name), Buffer.from(data, 'base64')));
  };
  socket.setEncoding('latin1');
  socket.on('data', (chunk) => {
    held += String(chunk);
    if (head === '' && held.includes('\r\n\r\n')) {
      head = held.slice(0, held.indexOf('\r\n\r\n')).toLowerCase();
      held = held.slice(head.length + 4);
    }
    const parts = head === '' ? [] : held.split('\n\n');
    if (parts.length > 0) held = parts.pop() ?? '';
    if (head.startsWith('http/1.1 200')) parts.forEach(take);
    for (const look of looks) look();
  });
  socket.on('error', () => undefined);
  const ended = new Promise<string | undefined>((done) => socket.once('close', () => done(why)));
  const when = (isSo: () => boolean) =>
    new Promise<void>((done, fail) => {
      const look = () => {
        if (!isSo()) return;
        looks.delete(look);
        done();
      };
      looks.add(look);
      look();
      void ended.then(() => fail(new Error(`the line closed: ${head} ${why}`)));
    });
  await when(() => head !== '');
  return {
    status: Number(head.slice(9, 12)),
    head,
    segments,
    until: (enough) => when(() => enough(segments)),
    ended,
    pause: () => void socket.pause(),
    resume: () => void socket.resume(),
    close: () => void socket.destroy(),
  };
}

function read({ keys }: Followed, stream: StreamName, bytes: Uint8Array): Segment {
  const signer = stream === CONTROL ? keys.root : keys.replica;
  const segment = decodeSegment(bytes, stream, sha256, checkOf(signer.publicKey));
  if (!segment.ok) throw new Error(segment.refusal.code);
  return segment.value;
}
