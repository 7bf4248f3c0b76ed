import { createHash } from 'node:crypto';
import { regionIdSchema } from '@greengate/contracts/ids';
import { decodeSegment, type Segment } from '@greengate/contracts/replica/segment';
import { regionStream } from '@greengate/contracts/replica/streams';
import type { CloudProcess } from '../api/cloud-process.ts';
import { type Connections, openConnections } from '../api/connections.ts';
import { closedLoad } from '../api/load.ts';
import { declarationRequest, gatewayRequest, registrationRequest } from '../api/requests.ts';
import type { SigningGateway } from '../ingest/gateway.ts';

export const STREAM = regionStream(regionIdSchema.parse('330100'));

/** What makes the cloud publish: people who declare for the first time, one a commit. */
export interface Commits {
  /** Resolves when the cloud has answered that it is done. */
  next(): Promise<void>;
  /** The version that the stream has after the next commit. */
  readonly nextVersion: () => number;
  close(): void;
}

const registeringAtOnceCount = 16;

/** Registers the gateways and as many people as there will be commits, by as many requests as one operator may send. */
export async function prepareCommits(
  cloud: CloudProcess,
  gateways: readonly SigningGateway[],
  count: number,
): Promise<Commits> {
  const connections = await openConnections(cloud.port, registeringAtOnceCount);
  const all = (requests: readonly Buffer[]) =>
    closedLoad(
      connections,
      (at) => found(requests, at),
      registeringAtOnceCount,
      (sent) => sent >= requests.length,
    );
  await all(
    gateways.map(({ id, publicKey }) => gatewayRequest(cloud.operatorToken, id, publicKey)),
  );
  const people = Array.from({ length: count }, (_, i) =>
    registrationRequest(cloud.registrarToken, i),
  );
  const { bodies } = await all(people);
  const tokens = bodies.map((body) => (JSON.parse(body) as { token: string }).token);
  let version = 0;
  return {
    nextVersion: () => version + 1,
    next: async () => {
      const ver = await declare(connections, found(tokens, version));
      version += 1;
      if (ver !== version) throw new Error(`a commit has version ${ver}, not ${version}`);
    },
    close: () => connections.close(),
  };
}

function declare(connections: Connections, token: string): Promise<number> {
  return new Promise((done, fail) => {
    connections.send(declarationRequest(token), (answer) => {
      if (answer?.status === 200) done((JSON.parse(answer.body) as { ver: number }).ver);
      else fail(new Error(`a declaration was answered ${answer?.status}`));
    });
  });
}

function found<T>(list: readonly T[], at: number): T {
  const one = list[at];
  if (one === undefined) throw new RangeError('nobody is left');
  return one;
}

/** What an event or an answer of a tail brings; the same bytes come ten thousand times and are read once. */
export function makeReader(): (data: string) => Segment | undefined {
  const known = new Map<string, Segment | undefined>();
  return (data) => {
    if (!known.has(data)) known.set(data, read(data));
    return known.get(data);
  };
}

function read(data: string): Segment | undefined {
  const [, event, base64 = ''] = /^event: (\S+)\ndata: (\S+)$/.exec(data) ?? [];
  if (event !== undefined && event !== STREAM) return undefined;
  const bytes = Buffer.from(
    event === undefined ? data : base64,
    event === undefined ? 'latin1' : 'base64',
  );
  // Signatures are for the tests; here only what arrived, and that it arrived whole.
  const decoded = decodeSegment(bytes, STREAM, sha256, () => true);
  if (!decoded.ok) throw new Error(`an answer is ${decoded.refusal.code}`);
  return decoded.value;
}

function sha256(bytes: Uint8Array): Uint8Array {
  return createHash('sha256').update(bytes).digest();
}
