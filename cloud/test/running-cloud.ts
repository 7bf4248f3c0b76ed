import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { regionIdSchema } from '@greengate/contracts/ids';
import type { ScoringPack } from '@greengate/contracts/rules/pack';
import { type EpochMs, epochMs } from '@greengate/contracts/time';
import { onTestFinished } from 'vitest';
import { openAccounts } from '../src/accounts/accounts.ts';
import type { IdentityProvider } from '../src/accounts/identity-provider.ts';
import type { Accounts } from '../src/accounts-port.ts';
import { trustedProxies } from '../src/address.ts';
import { type Cloud, type CloudDeps, makeCloud } from '../src/app.ts';
import { nodeCrypto } from '../src/crypto.ts';
import { bindHolder } from '../src/declare/bind-holder.ts';
import { makeHttpServer, type Patience } from '../src/http-server.ts';
import { identityVault } from '../src/identity.ts';
import { keysOf, newKeyFile } from '../src/keys.ts';
import type { CallerRates } from '../src/load/callers.ts';
import { pinoLog } from '../src/log.ts';
import { promMetrics } from '../src/metrics.ts';
import type { NoticeChannels } from '../src/notice-port.ts';
import { canonicalJson } from '../src/packs/canonical.ts';
import { checkPack } from '../src/packs/check.ts';
import { editionBody } from '../src/packs/first-packs.ts';
import type { Clock, Keys, Metrics, Random, Store } from '../src/ports.ts';
import type { TokenRole } from '../src/route.ts';
import { STAFF_ROLES } from '../src/route.ts';
import { openDatabase } from '../src/store/store.ts';
import { newToken } from '../src/token.ts';
import { type GatewayKey, newGatewayKey, signedHeaders } from './gateway-client.ts';

export const REGION = regionIdSchema.parse('330100');
export const START = Date.parse('2022-03-01T00:00:00.000Z');
export const random: Random = { bytes: (count) => randomBytes(count) };

/** A cloud behind real HTTP on a real file, with a clock that a test sets. */
export interface RunningCloud {
  readonly cloud: Cloud;
  readonly store: Store;
  readonly keys: Keys;
  readonly url: string;
  /** Of its libSQL database, if it has one. */
  readonly file: string;
  /** For who opens the same database again. */
  readonly database: string;
  readonly log: string[];
  readonly accounts: Accounts;
  /** Where they are. */
  readonly accountsUrl: string;
  /** The accounts' own clock: codes of authenticators are made by the real time. */
  readonly accountsClock: { ahead(ms: number): void };
  readonly tokens: Readonly<Record<TokenRole, string>>;
  /** Of another person than `tokens.operator`. */
  readonly secondOperator: string;
  readonly clock: { now: () => EpochMs; set(at: number): void };
  /** As staff or holder, by bearer token. */
  call(token: string, method: string, path: string, body?: unknown): Promise<Response>;
  /** As a gateway, signed. */
  signed(
    key: GatewayKey,
    method: string,
    path: string,
    body?: Uint8Array,
    headers?: Record<string, string>,
  ): Promise<Response>;
  enrol(id?: string): Promise<GatewayKey>;
  newHolder(person?: Partial<Person>): Promise<string>;
}

export interface Person {
  readonly name: string;
  readonly idNumber: string;
  readonly phone: string;
}

export const HEALTHY = {
  division: REGION,
  symptoms: { fever: false, dryCough: false, fatigue: false },
  residenceDays: 400,
  contactOfCase: false,
  highRiskTravel: false,
  temperatureCentiC: 3650,
};

let people = 0;

/** A person nobody has had before. */
export function newPerson(): Person {
  people += 1;
  const number = String(33010019700101000n + BigInt(people));
  return { name: `Person ${people}`, idNumber: `${number}X`, phone: '13800000000' };
}

// The clock of a test stands still, so what is used up never comes back: who does not test rates has enough.
const PLENTY = { burstCount: 1e6, perSecond: 1 };
const NO_HURRY: CallerRates = { holder: PLENTY, staff: PLENTY, gateway: PLENTY, failure: PLENTY };

export interface RunOptions extends Pick<CloudDeps, 'origin' | 'elsewhere' | 'restoredAt'> {
  /** In force from the beginning; absent: the starter pack. */
  readonly pack?: ScoringPack;
  /** How notices are sent; absent: not at all. */
  readonly channels?: (keys: Keys, clock: Clock) => NoticeChannels;
  readonly provider?: IdentityProvider;
  /** Absent: a libSQL file of its own. */
  readonly databaseUrl?: string;
  /** Of the accounts; default a file beside the cloud's. */
  readonly accountsUrl?: string;
  readonly rates?: CallerRates;
  readonly patience?: Patience;
  /** Whose X-Forwarded-For is believed; absent: the test's own, so that it can come from anywhere. */
  readonly proxies?: string;
  /** What happens elsewhere while a pack is checked, which takes seconds. */
  readonly whileChecking?: () => Promise<void>;
}

export async function runCloud(options: RunOptions = {}): Promise<RunningCloud> {
  const folder = mkdtempSync(join(tmpdir(), 'greengate-cloud-'));
  const file = join(folder, 'cloud.db');
  const { databaseUrl = `file:${file}` } = options;
  const database = await openDatabase(databaseUrl);
  const store = database.forRegion(REGION);
  const keys = keysOf(newKeyFile(REGION, 'demo', random));
  let now = START;
  const clock = {
    now: () => epochMs(now),
    set: (at: number) => {
      now = at;
    },
  };
  const log: string[] = [];
  const staff = STAFF_ROLES.map((role) => ({ role, ...newToken(random) }));
  const second = { name: 'second-operator', role: 'operator' as const, ...newToken(random) };
  const metrics = promMetrics({ process: false });
  let ahead = 0;
  const { accountsUrl = `file:${join(folder, 'accounts.db')}` } = options;
  const accounts = await openAccounts({
    url: accountsUrl,
    clock: { now: () => epochMs(Date.now() + ahead) },
    random,
    log: pinoLog({ write: (line) => void log.push(line) }),
    secret: randomBytes(32),
    origin: options.origin ?? 'http://127.0.0.1',
    provider: options.provider,
    holderOf: bindHolder({ store, vault: identityVault(keys.pseudonymKey, random), clock, random }),
  });
  const accountsClock = {
    ahead: (ms: number) => {
      ahead = ms;
    },
  };
  const { channels, pack, whileChecking, databaseUrl: _url, ...rest } = options;
  if (pack) await putInForce(store, { ...pack, region: REGION });
  const cloud = makeCloud({
    rates: NO_HURRY,
    ...rest,
    ...(channels && { channels: channels(keys, clock) }),
    accounts,
    store,
    clock,
    timers: {
      after: (ms, callback) => {
        const timer = setTimeout(callback, ms);
        return () => clearTimeout(timer);
      },
    },
    random,
    log: pinoLog({ write: (line) => void log.push(line) }),
    metrics,
    keys,
    checkPack: async (request) => {
      await whileChecking?.();
      return checkPack(request);
    },
    staff: [...staff.map((one) => ({ name: one.role, ...one })), second].map(
      ({ name, role, sha256 }) => ({ name, role, sha256: Buffer.from(sha256).toString('hex') }),
    ),
  });
  await cloud.boot();
  const server = await listen(cloud, metrics, { ...options, hurry: () => database.hurry() });
  onTestFinished(async () => {
    cloud.replicator.endTails();
    server.closeAllConnections();
    await new Promise((done) => server.close(done));
    await database.close();
    await accounts.close();
    rmSync(folder, { recursive: true });
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const tokens = Object.fromEntries(staff.map(({ role, token }) => [role, token])) as Record<
    TokenRole,
    string
  >;
  const parts = { cloud, store, keys, url, file, log, tokens, clock, accounts, accountsClock };
  return {
    ...parts,
    ...{ database: databaseUrl, accountsUrl },
    secondOperator: second.token,
    ...clients(url, clock, tokens),
  };
}

async function putInForce(store: Store, pack: ScoringPack): Promise<void> {
  const body = canonicalJson(pack);
  const hash = Buffer.from(nodeCrypto.sha256(Buffer.from(body))).toString('hex');
  const { id, version } = pack;
  const one = { id, version, body, hash, within: undefined, proposedBy: 'release' };
  const packs = {
    city: { ...one, scope: 'city' },
    province: { ...one, id: `${id}-lines`, scope: 'province' },
  } as const;
  await store.installPacks(packs, editionBody(body), 'installation', epochMs(START));
}

async function listen(
  { app, isSuspect }: Cloud,
  metrics: Metrics,
  {
    patience,
    proxies = '127.0.0.1',
    hurry,
  }: { patience?: Patience; proxies?: string; hurry: () => void },
): Promise<Server> {
  const server = makeHttpServer({
    fetch: (request, env) => app.fetch(request, env),
    isSuspect,
    loop: {
      now: () => performance.now(), // Timers come after what was put off by setImmediate.
      afterTurn: (callback) => void setImmediate(() => setTimeout(callback, 0)),
      hurry,
    },
    random,
    metrics,
    proxies: trustedProxies(proxies) ?? { has: () => false },
    shed: true,
    ...(patience === undefined ? {} : { patience }),
  });
  await new Promise<void>((done) => void server.listen(0, '127.0.0.1', done));
  return server;
}

function clients(
  url: string,
  clock: { now: () => number },
  tokens: Record<TokenRole, string>,
): Pick<RunningCloud, 'call' | 'signed' | 'enrol' | 'newHolder'> {
  const call: RunningCloud['call'] = (token, method, path, body) =>
    fetch(url + path, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  return {
    call,
    signed: async (key, method, path, body, headers = {}) => {
      const signing = { now: clock.now(), method, ...(body === undefined ? {} : { body }) };
      return fetch(url + path, {
        method,
        headers: { ...headers, ...(await signedHeaders(key, url + path, signing)) },
        ...(body === undefined ? {} : { body: new Uint8Array(body) }),
      });
    },
    enrol: async (id = 'gate-1') => {
      const key = newGatewayKey();
      const body = { gateway: id, station: 'hangzhou-east', publicKey: key.publicKey };
      const response = await call(tokens.operator, 'POST', '/v1/gateways', body);
      if (response.status !== 200) throw new Error(await response.text());
      return key;
    },
    newHolder: async (person) => {
      const body = { ...newPerson(), ...person };
      const response = await call(tokens.registrar, 'POST', '/v1/holders', body);
      if (response.status !== 200) throw new Error(await response.text());
      return ((await response.json()) as { token: string }).token;
    },
  };
}

export async function codeOf(response: Response): Promise<string> {
  return ((await response.json()) as { code: string }).code;
}

export const { sha256 } = nodeCrypto;

/** Checks a signature of one known signer. */
export function checkOf(publicKey: string) {
  const raw = Buffer.from(publicKey, 'hex');
  return (message: Uint8Array, signature: Uint8Array) =>
    nodeCrypto.verifyEd25519(raw, message, signature);
}
