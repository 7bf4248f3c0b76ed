import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { type ReplicaKey, replicaKeySchema } from '@greengate/contracts/ids';
import type { ControlDocument } from '@greengate/contracts/replica/control';
import { encodeManifest } from '@greengate/contracts/replica/manifest';
import { encodeSegment, type Segment } from '@greengate/contracts/replica/segment';
import type { StatusEntry } from '@greengate/contracts/replica/status-entry';
import { CONTROL, RED, regionStream, streamNameSchema } from '@greengate/contracts/replica/streams';
import { DEFAULT_POLICY } from '@greengate/contracts/rules/policy';
import { epochMs } from '@greengate/contracts/time';
import { holderKey, holdersCount, REGION } from './holders.ts';
import { type RunKeys, type SigningKey, sha256, signingKey } from './keys.ts';
import type { FromCloud, ToCloud } from './messages.ts';

// A cloud that signs like the real one and costs little: what is measured shares its two cores with it.

const segmentRowsCount = 10_000;
const dayMs = 24 * 3600 * 1000;
const regionName = regionStream(REGION);

process.on('message', (message: ToCloud) => {
  if (message.kind === 'start') start(message.keys, message.peopleCount);
});
process.on('disconnect', () => process.exit(0));

function start(keys: RunKeys, peopleCount: number): void {
  const feed = createFeed(signingKey(keys.replica), peopleCount);
  let running = false;
  let events = 0;
  let waiting: { after: number; response: ServerResponse } | undefined;

  const tail = (stream: string, after: number, response: ServerResponse) => {
    if (stream === CONTROL && after < controlHead) return send(response, controlSegment(keys));
    if (stream === regionName && (after < feed.head() || running)) {
      return send(response, feed.after(after));
    }
    if (stream === regionName) waiting = { after, response };
    hold(response, () => emptyTail(stream, after, keys));
  };

  process.on('message', (message: ToCloud) => {
    if (message.kind === 'count') {
      tell({ kind: 'count', rows: feed.head() - feed.seededAt, events });
    }
    if (message.kind !== 'segments') return;
    running = message.on;
    if (running && waiting) send(waiting.response, feed.after(waiting.after));
    waiting = undefined;
  });

  const replica = (path: string, response: ServerResponse) => {
    const [, , , kind, name = '', , after] = path.split('/');
    // No live line: whole segments of ten thousand rows come by the tail.
    if (kind === 'live') return void response.writeHead(404).end();
    const stream = decodeURIComponent(name);
    if (kind !== 'tail') return send(response, manifestOf(stream, headOf(stream, feed), keys));
    if (stream === regionName && Number(after) === feed.seededAt) tell({ kind: 'seeded' });
    tail(stream, Number(after), response);
  };
  const server = createServer((request, response) => {
    const [path = ''] = (request.url ?? '').split('?');
    if (path !== '/v1/passages') return replica(path, response);
    void bodyOf(request).then((body) => {
      const { from, events: sent } = JSON.parse(body.toString()) as Batch;
      events += sent.length;
      json(response, { acked: from + sent.length - 1 });
    });
  });
  // A held tail outlives the pause between two of them.
  server.keepAliveTimeout = 60_000;
  server.listen(0, '127.0.0.1', () => {
    tell({ kind: 'port', port: (server.address() as AddressInfo).port });
  });
}

interface Batch {
  readonly from: number;
  readonly events: readonly unknown[];
}

const controlHead = 2;

function headOf(stream: string, feed: { head(): number }): number {
  if (stream === CONTROL) return controlHead;
  return stream === RED ? 0 : feed.head();
}

/** The region's changes: everybody once, then, while asked for, ten thousand random people after the other. */
function createFeed(key: SigningKey, peopleCount: number) {
  const seededAt = Math.ceil(peopleCount / segmentRowsCount) * segmentRowsCount;
  const validUntil = epochMs(Math.floor(Date.now() / 1000) * 1000 + dayMs);
  let head = seededAt;
  let seed = 1;
  const draw = () => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((seed / 2 ** 32) * peopleCount);
  };
  const peopleOf = (from: number): number[] => {
    const everybody = Array.from({ length: segmentRowsCount }, (_, at) => from + at);
    if (from < seededAt) return everybody.filter((person) => person < peopleCount);
    const people = new Set<number>();
    while (people.size < segmentRowsCount) people.add(draw());
    return [...people];
  };
  return {
    seededAt,
    head: () => head,
    after(from: number): Uint8Array {
      const to = from + segmentRowsCount;
      head = Math.max(head, to);
      const entries = peopleOf(from).map(
        (person, at): StatusEntry => ({
          ver: from + at + 1,
          key: keyOf(person),
          colour: 'green',
          nextColour: 'yellow',
          validUntil,
        }),
      );
      const range = { from, to, head, part: 0, parts: 1 };
      const about = { stream: regionName, epoch: 1, level: 'tail', ...range } as const;
      return encodeSegment(
        { ...about, signedAt: epochMs(Date.now()), kind: 'status', entries },
        sha256,
        key.sign,
      );
    },
  };
}

/** The holders of the station first, then people who never come to it. */
function keyOf(person: number): ReplicaKey {
  if (person < holdersCount) return holderKey(person);
  const bytes = Buffer.alloc(8);
  // Two rounds of a mixer: spread like the keyed pseudonyms are.
  let mixed = BigInt.asUintN(64, BigInt(person) * 0x9e3779b97f4a7c15n);
  mixed = BigInt.asUintN(64, (mixed ^ (mixed >> 30n)) * 0xbf58476d1ce4e5b9n);
  mixed = BigInt.asUintN(64, (mixed ^ (mixed >> 27n)) * 0x94d049bb133111ebn);
  bytes.writeBigUInt64BE(mixed ^ (mixed >> 31n));
  return replicaKeySchema.parse(bytes.toString('hex'));
}

function controlSegment(keys: RunKeys): Uint8Array {
  const now = Date.now();
  const trusted = (key: SigningKey, purpose: 'issue' | 'replica') => ({
    keyId: key.keyId,
    publicKey: key.publicKey,
    purpose,
    issuer: REGION,
    environment: 'bench',
    notBefore: now - dayMs,
    notAfter: now + dayMs,
  });
  const documents: ControlDocument[] = [
    {
      name: 'trust-list',
      ver: 1,
      body: {
        version: 1,
        environment: 'bench',
        keys: [
          trusted(signingKey(keys.issuer), 'issue'),
          trusted(signingKey(keys.replica), 'replica'),
        ],
        issuersAccepted: [REGION],
      },
    },
    { name: 'admission-policy', ver: 2, body: { ...DEFAULT_POLICY, temperature: 'off' } },
  ];
  const head = {
    stream: CONTROL,
    epoch: 1,
    level: 'tail',
    from: 0,
    to: controlHead,
    head: controlHead,
    part: 0,
    parts: 1,
  } as const;
  return encodeSegment(
    { ...head, signedAt: epochMs(now), kind: 'control', documents, unread: 0 },
    sha256,
    signingKey(keys.root).sign,
  );
}

function emptyTail(stream: string, after: number, keys: RunKeys): Uint8Array {
  const head = {
    stream: streamNameSchema.parse(stream),
    epoch: 1,
    level: 'tail',
    from: after,
    to: after,
    head: after,
    part: 0,
    parts: 1,
    signedAt: epochMs(Date.now()),
  } as const;
  const segment: Segment =
    stream === CONTROL
      ? { ...head, kind: 'control', documents: [], unread: 0 }
      : { ...head, kind: 'status', entries: [] };
  return encodeSegment(segment, sha256, keyFor(stream, keys).sign);
}

function manifestOf(stream: string, head: number, keys: RunKeys): Uint8Array {
  return encodeManifest(
    {
      stream: streamNameSchema.parse(stream),
      epoch: 1,
      head,
      signedAt: Date.now(),
      segments: [],
      snapshot: null,
    },
    keyFor(stream, keys).sign,
  );
}

function keyFor(stream: string, keys: RunKeys): SigningKey {
  return signingKey(stream === CONTROL ? keys.root : keys.replica);
}

const holdMs = 20_000;

function hold(response: ServerResponse, make: () => Uint8Array): void {
  const timer = setTimeout(() => {
    if (!response.writableEnded) send(response, make());
  }, holdMs);
  response.on('close', () => clearTimeout(timer));
}

function send(response: ServerResponse, body: Uint8Array): void {
  response.writeHead(200, { 'content-length': body.length }).end(body);
}

function json(response: ServerResponse, body: unknown): void {
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks);
  return request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body;
}

function tell(message: FromCloud): void {
  process.send?.(message);
}
