import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import { addressOf, type TrustedProxies } from './address.ts';
import {
  connectionsCountMax,
  connectionsPerAddressCountMax,
  headBytesMax,
  headMsMax,
  idleMsMax,
  requestMsMax,
  requestsPerConnectionCountMax,
  shedBodyBytesMax,
  timeCheckMs,
} from './limits.ts';
import { type LiveLine, openLine } from './live-line.ts';
import { makeAdmission } from './load/admission.ts';
import { longTurnMsMax, retryAfterSecondsMax, retryAfterSecondsMin } from './load/limits.ts';
import { type Load, type LoadClass, loadOf } from './load/load-class.ts';
import type { Loop, Metrics, Random } from './ports.ts';
import { type ProblemCode, ProblemError, problemOf } from './problem.ts';
import { SECURITY_HEADERS } from './security-headers.ts';

export interface HttpServerDeps {
  readonly fetch: (request: Request, env: Caller) => unknown;
  readonly isSuspect: (address: string) => boolean;
  readonly loop: Loop;
  readonly random: Random;
  readonly metrics: Metrics;
  readonly proxies: TrustedProxies;
  /** False when something in front sheds load in our place. */
  readonly shed: boolean;
  /** How long a head and a whole request may take; absent: as limits.ts says. */
  readonly patience?: Patience;
}

/** What the server knows of a request that does not stand in it. */
export interface Caller {
  /** Whom it comes from. */
  readonly address: string;
  /** Resolves when its answer has left, or whoever asked has. */
  readonly answered: Promise<void>;
  /** Answers by a line that stays open. */
  readonly openLine: (onCut: () => void) => LiveLine;
}

/** In milliseconds, as node:http names them. */
export interface Patience {
  readonly headersTimeout: number;
  readonly requestTimeout: number;
  readonly connectionsCheckingInterval: number;
}

/**
 * The HTTP server with its door: what a request costs before anybody knows whose it is. Who is not let in gets
 * 429 before a byte of the body is read; slow heads, slow bodies and idle connections are cut, on every route.
 */
export function makeHttpServer(deps: HttpServerDeps): Server {
  const { proxies } = deps;
  const addressFor = ({ socket, headers }: IncomingMessage): string =>
    addressOf(socket.remoteAddress, joined(headers['x-forwarded-for']), proxies);
  const listen = getRequestListener((request, { incoming, outgoing }) =>
    deps.fetch(request, {
      address: addressFor(incoming as IncomingMessage),
      answered: new Promise((done) => void outgoing.once('close', done)),
      openLine: (onCut) => openLine(outgoing as ServerResponse, onCut),
    }),
  );
  const door = makeDoor(deps, addressFor);
  const lanes = makeLanes();
  const server = createServer(
    { ...PATIENCE, ...deps.patience, maxHeaderSize: headBytesMax },
    (incoming, outgoing) => {
      const isFull = lanes.isFull(incoming.socket);
      const retryAfterSeconds = door.refusal(incoming, outgoing, isFull);
      if (retryAfterSeconds === undefined) {
        lanes.enter(incoming.socket, outgoing);
        void listen(incoming, outgoing);
      } else refuse(incoming, outgoing, retryAfterSeconds);
    },
  );
  server.maxConnections = connectionsCountMax;
  server.setTimeout(idleMsMax);
  server.on('connection', limitAddresses(proxies));
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    // Who never sent a byte is told nothing: that connection was opened in advance.
    const isHeard = socket.writable && socket.bytesRead > 0 && !lanes.isAnswering(socket);
    if (isHeard) socket.write(rawProblem(error.code));
    socket.destroySoon();
  });
  return server;
}

const PATIENCE: Patience = {
  headersTimeout: headMsMax,
  requestTimeout: requestMsMax,
  connectionsCheckingInterval: timeCheckMs,
};

interface Door {
  /** After how many seconds a request that is refused may come back; undefined when it may begin. */
  refusal(incoming: IncomingMessage, outgoing: ServerResponse, isFull: boolean): number | undefined;
}

function makeDoor(deps: HttpServerDeps, addressFor: (incoming: IncomingMessage) => string): Door {
  const { loop, metrics } = deps;
  const admission = makeAdmission();
  const jitter = makeJitter(deps.random);
  let inTurn = false;
  let hurriedAt = 0;

  const loadFor = (incoming: IncomingMessage): Load => {
    const load = loadOf(
      incoming.method ?? '',
      incoming.url ?? '',
      () => incoming.headers['signature-input'] !== undefined,
      () => incoming.headers.authorization !== undefined,
    );
    return load.kind === 'vital' && deps.isSuspect(addressFor(incoming)) ? UNBELIEVED : load;
  };
  const admit = ({ kind, held }: Load, outgoing: ServerResponse, now: number): boolean => {
    if (held) return admission.admitHeld(now);
    if (!admission.admit(kind, now)) return false;
    outgoing.once('close', () => admission.finished(kind, loop.now()));
    return true;
  };
  const endTurn = () => {
    inTurn = false;
    admission.turnEnded(loop.now());
    metrics.admission(admission.state);
  };
  const shed = (kind: LoadClass) => {
    metrics.shed(kind);
    return retryAfterSecondsMin + (jitter() % (retryAfterSecondsMax - retryAfterSecondsMin + 1));
  };
  return {
    refusal: (incoming, outgoing, isFull) => {
      const load = loadFor(incoming);
      if (isFull) return shed(load.kind);
      if (!deps.shed) return undefined;
      const now = loop.now();
      if (!inTurn) {
        inTurn = true;
        hurriedAt = now;
        loop.afterTurn(endTurn);
      } else if (now - hurriedAt > longTurnMsMax) {
        // Node takes in what comes for as long as more of it comes, and whoever was let in would wait for the end of that.
        hurriedAt = now;
        loop.hurry();
      }
      return admit(load, outgoing, now) ? undefined : shed(load.kind);
    },
  };
}

/** One random byte after the other: asking for each by itself costs as much as the rest of a refusal. */
function makeJitter(random: Random): () => number {
  let bytes = new Uint8Array(0);
  let at = 0;
  return () => {
    if (at >= bytes.length) {
      bytes = new Uint8Array(random.bytes(JITTER_BYTES));
      at = 0;
    }
    return bytes[at++] ?? 0;
  };
}

const JITTER_BYTES = 1024;

const UNBELIEVED: Load = { kind: 'other', held: false };

interface Lanes {
  /** Whether the connection has sent as many requests ahead as may be in progress on it. */
  isFull(socket: Socket): boolean;
  enter(socket: Socket, outgoing: ServerResponse): void;
  /** Whether part of an answer is on the wire, so that nothing else may be. */
  isAnswering(socket: Socket): boolean;
}

function makeLanes(): Lanes {
  const lanes = new WeakMap<Socket, Set<ServerResponse>>();
  return {
    isFull: (socket) => (lanes.get(socket)?.size ?? 0) >= requestsPerConnectionCountMax,
    enter: (socket, outgoing) => {
      const lane = lanes.get(socket) ?? new Set();
      lanes.set(socket, lane);
      lane.add(outgoing);
      outgoing.once('close', () => lane.delete(outgoing));
    },
    isAnswering: (socket) => [...(lanes.get(socket) ?? [])].some((one) => one.headersSent),
  };
}

function limitAddresses(proxies: TrustedProxies): (socket: Socket) => void {
  const open = new Map<string, number>();
  return (socket) => {
    if (socket.remoteAddress !== undefined && proxies.has(socket.remoteAddress)) return;
    const address = addressOf(socket.remoteAddress, undefined, proxies);
    const count = (open.get(address) ?? 0) + 1;
    if (count > connectionsPerAddressCountMax) {
      socket.destroy();
      return;
    }
    open.set(address, count);
    socket.once('close', () => {
      const left = (open.get(address) ?? 1) - 1;
      if (left === 0) open.delete(address);
      else open.set(address, left);
    });
  };
}

/** Answers without looking at anything else of the request: at ten times the load this is most of what is done. */
function refuse(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  retryAfterSeconds: number,
): void {
  const headers = [...REFUSAL.headers, 'retry-after', String(retryAfterSeconds)];
  if (isLongBody(incoming)) headers.push('connection', 'close');
  outgoing.writeHead(REFUSAL.status, headers);
  outgoing.end(REFUSAL.body);
}

/** A short body that nobody wants is read past; a long one is not worth its bytes. */
function isLongBody({ method, headers }: IncomingMessage): boolean {
  if (method === 'GET') return false;
  const length = Number(headers['content-length'] ?? 0);
  return headers['transfer-encoding'] !== undefined || !(length <= shedBodyBytesMax);
}

const REFUSAL = prepared('too-busy');

function prepared(code: ProblemCode, detail?: string) {
  const { status, headers, text } = problemOf(new ProblemError(code, detail));
  const body = Buffer.from(text);
  const own = { ...headers, 'cache-control': 'no-store', 'content-length': String(body.length) };
  return { status, headers: [...Object.entries(own), ...SECURITY_HEADERS].flat(), body };
}

/** What a client hears whose request could not be read to its end: it is never told whose fault it was in detail. */
function rawProblem(code: string | undefined): string {
  const { status, headers, body } =
    code === 'ERR_HTTP_REQUEST_TIMEOUT' ? prepared('request-timeout') : prepared('request-invalid');
  const lines = [`HTTP/1.1 ${status} ${status === 408 ? 'Request Timeout' : 'Bad Request'}`];
  for (let at = 0; at < headers.length; at += 2) lines.push(`${headers[at]}: ${headers[at + 1]}`);
  return `${lines.join('\r\n')}\r\nconnection: close\r\n\r\n${body.toString()}`;
}

function joined(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header.join(',') : header;
}
