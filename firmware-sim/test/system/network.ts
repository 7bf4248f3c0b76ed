import type { Prng } from '../../dist/prng.js';
import { type Asked, type CloudLife, cloudTime } from './cloud-node.ts';
import type { Trace } from './trace.ts';
import type { VirtualTime } from './virtual-time.ts';

/** Conditions of one gateway's way to the cloud, switched by the faults of the run. */
export interface Weather {
  partition: 'none' | 'refused' | 'swallowed';
  slow: boolean;
  lossy: boolean;
  duplicate: boolean;
  garbled: boolean;
}

export const fairWeather = (): Weather => ({
  partition: 'none',
  slow: false,
  lossy: false,
  duplicate: false,
  garbled: false,
});

/** An answer as it came over the network. */
export interface Delivered {
  readonly path: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

export interface NetworkPorts {
  readonly time: VirtualTime;
  readonly trace: Trace;
  /** The cloud that answers now; undefined while it is down. */
  readonly cloud: () => CloudLife | undefined;
  /** What a compromised or broken cloud would say instead; undefined: nothing. */
  readonly instead: (gateway: string, path: string, body: Uint8Array) => Uint8Array | undefined;
  /** A planted bug in what the cloud answers. */
  readonly answer: (path: string, status: number, body: Uint8Array) => Uint8Array;
  readonly onDelivered: (gateway: string, delivered: Delivered) => void;
}

/** The way of one gateway to the cloud: a `fetch` whose requests and answers are lost, late, doubled and garbled. */
export function networkFor(
  ports: NetworkPorts,
  gateway: string,
  weather: Weather,
  prng: Prng,
): (url: URL, init: RequestInit) => Promise<Response> {
  const { time, trace } = ports;
  const before: Delivered[] = [];

  const delay = (): Promise<void> => {
    const ms = weather.slow ? prng.below(6000) : 2 + prng.below(30);
    return new Promise((done) => void time.after(ms, done));
  };
  const lost = () => weather.partition !== 'none' || (weather.lossy && prng.below(3) === 0);

  const ask = async (url: URL, init: Asked): Promise<Delivered> => {
    const life = ports.cloud();
    if (!life) throw failure('ECONNREFUSED');
    const response = await Promise.race([life.fetch(url, init), deathOf(life)]);
    const body = new Uint8Array(await response.arrayBuffer());
    // It leaves the machine a moment later: who loses power in the commit has told nobody.
    await new Promise<void>((done) => void time.after(0, done));
    if (!life.owner.alive) throw failure('ECONNRESET');
    const { pathname: path } = url;
    const { status } = response;
    const headers = Object.fromEntries(response.headers);
    return { path, status, headers, body: ports.answer(path, status, body) };
  };

  const send = async (url: URL, init: Asked): Promise<Response> => {
    if (weather.partition === 'refused') throw failure('ECONNREFUSED');
    await delay();
    if (lost()) return never();
    if (weather.duplicate) void ask(url, init).catch(() => undefined);
    const honest = await ask(url, init);
    await delay();
    if (lost()) return never();
    const changed = weather.garbled ? garble(honest, before, prng) : undefined;
    const told = changed ?? {
      ...honest,
      body: ports.instead(gateway, honest.path, honest.body) ?? honest.body,
    };
    before.push(honest);
    if (before.length > answersKeptMax) before.shift();
    trace.note('answer', gateway, told.path, told.status, told.body.length);
    ports.onDelivered(gateway, told);
    const date = new Date(cloudTime(time)).toUTCString();
    const content = BODYLESS.includes(told.status) ? null : new Uint8Array(told.body);
    return new Response(content, { status: told.status, headers: { ...told.headers, date } });
  };

  return (url, init) => {
    trace.note('ask', gateway, init.method ?? 'GET', url.pathname);
    return new Promise((done, fail) => {
      init.signal?.addEventListener('abort', () => fail(init.signal?.reason));
      send(url, init as Asked).then(done, fail);
    });
  };
}

const answersKeptMax = 30;
const BODYLESS = [204, 304];

/** What hangs ends by its own time, or with its process. */
function never(): Promise<never> {
  return new Promise(() => undefined);
}

function failure(code: string): Error {
  return new TypeError('fetch failed', { cause: { code } });
}

/** A process that is killed resets its connections. */
function deathOf(life: CloudLife): Promise<never> {
  return new Promise((_, fail) => {
    life.onDeath(() => fail(failure('ECONNRESET')));
  });
}

/** As proxies, captive portals and broken memory do it. */
function garble(
  honest: Delivered,
  before: readonly Delivered[],
  prng: Prng,
): Delivered | undefined {
  const page = new TextEncoder().encode('<html>Welcome to the hotel</html>');
  switch (prng.below(8)) {
    case 0:
      return {
        ...honest,
        status: [401, 403, 404, 410, 429, 500, 503, 302][prng.below(8)] ?? 500,
        body: page,
      };
    case 1:
      return { ...honest, status: 200, body: page };
    case 2:
      return { ...honest, body: honest.body.subarray(0, prng.below(honest.body.length + 1)) };
    case 3: {
      const body = honest.body.slice();
      const at = prng.below(Math.max(1, body.length));
      body[at] = (body[at] ?? 0) ^ (1 << prng.below(8));
      return { ...honest, body };
    }
    case 4:
    case 5: {
      // An answer of before to the same question: the caches of the world hold them.
      const same = before.filter(({ path }) => like(path) === like(honest.path));
      return same[prng.below(Math.max(1, same.length))];
    }
    default:
      return undefined;
  }
}

/** Of a tail the stream, whatever it was asked from. */
function like(path: string): string {
  return path.split('/').slice(0, 5).join('/');
}
