import { createHash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fromHex, toHex } from '@greengate/contracts/bytes';
import type { Claims } from '@greengate/contracts/code/claims';
import {
  mintToken,
  parseCode,
  printToken,
  replicaKeyOf,
} from '@greengate/contracts/code/health-code';
import { type ReplicaKey, regionIdSchema } from '@greengate/contracts/ids';
import { epochMs } from '@greengate/contracts/time';
import type { Passenger, Person } from '../../dist/person.js';
import { createPrng } from '../../dist/prng.js';
import { createPeople } from '../../dist/world.js';
import { CLOUD_FILES, cloudKeys, copyDisk, REGION, RUN_START, startCloud } from './cloud-node.ts';
import { phoneKey, runKey } from './keys.ts';
import { virtualTime } from './virtual-time.ts';

/** Somebody of a run: what they carry, and how the cloud knows them. */
export interface Actor {
  readonly passenger: Passenger;
  /** By which gateways know them, if they believe the code. */
  readonly key: ReplicaKey | undefined;
  /** Their bearer token; undefined for who is not registered. */
  readonly bearer: string | undefined;
}

/** What every run begins with: a cloud that knows its people and its gateways, and the people. */
export interface FirstDay {
  readonly folder: string;
  readonly actors: readonly Actor[];
}

const gatewaysCountMax = 20;

export const digest = (text: string): string => createHash('sha256').update(text).digest('hex');

export const gatewayName = (n: number): string => `gw-${n}`;
export const gatewayKeyOf = (n: number) => runKey(`gateway ${n}`);

const ENROLLED = ['green', 'fever', 'paper', 'yellow', 'red'];
const FLAWED = [
  'expired',
  'foreign-key',
  'forged',
  'screenshot',
  'borrowed',
  'no-proof',
  'replica-key',
];
const greenCount = 8;

/** Registers the people and the gateways once; each run copies the file. */
export async function prepareFirstDay(root: string): Promise<FirstDay> {
  const folder = join(root, 'first-day');
  mkdirSync(join(folder, 'made'), { recursive: true });
  const time = virtualTime();
  const log = { info: () => undefined, error: () => undefined };
  const prng = createPrng(1).fork('first day');
  const life = await startCloud(join(folder, 'made'), { time, prng, log, digest });
  const call = async (
    token: string,
    path: string,
    body: unknown,
  ): Promise<Record<string, unknown>> => {
    const response = await life.fetch(new URL(`http://cloud${path}`), {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    const text = await response.text();
    if (response.status !== 200) throw new Error(`${path} answered ${response.status}: ${text}`);
    return JSON.parse(text) as Record<string, unknown>;
  };
  const actors: Actor[] = [];
  for (const person of choosePeople()) actors.push(await makeActor(person, call));
  for (let n = 0; n < gatewaysCountMax; n++) {
    await call('simulated-operator-token-1', '/v1/gateways', {
      gateway: gatewayName(n),
      station: 'hangzhou-east',
      publicKey: gatewayKeyOf(n).publicKey,
    });
  }
  await life.cloud.replicator.sealDue();
  life.owner.alive = false;
  await life.close();
  copyDisk(join(folder, 'made'), folder, CLOUD_FILES);
  return { folder, actors };
}

/** Those of the simulated station's people whom a short run can tell apart. All who are known begin green. */
export function choosePeople(): Person[] {
  const people = createPeople(7, 200);
  const of = (kind: string) => people.filter(({ id }) => id.slice(0, -5) === kind);
  return [
    ...of('green').slice(0, greenCount),
    ...ENROLLED.slice(1).flatMap((kind) => of(kind).slice(0, 1)),
    ...FLAWED.flatMap((kind) => of(kind).slice(0, 1)),
  ];
}

type Call = (token: string, path: string, body: unknown) => Promise<Record<string, unknown>>;

async function makeActor(person: Person, call: Call): Promise<Actor> {
  const phone = person.carrier === 'phone' ? phoneKey(person.id) : undefined;
  if (person.standing === 'unknown') return stranger(person, phone?.publicKey, phone?.privateKey);
  const { name, idNumber, phone: number } = person;
  const holder = await call('simulated-registrar-token-1', '/v1/holders', {
    name,
    idNumber,
    phone: number,
  });
  const bearer = String(holder['token']);
  await call(bearer, '/v1/declarations', declaration(false));
  const wish = phone ? { kind: 'phone', publicKey: phone.publicKey } : { kind: 'paper' };
  const token = String((await call(bearer, '/v1/codes', wish))['token']);
  const passenger = { person, token, phoneKey: phone?.privateKey ?? null };
  return { passenger, bearer, key: keyIn(fromHex(token)) };
}

function stranger(
  person: Person,
  point: string | undefined,
  privateKey: string | undefined,
): Actor {
  const at = (minutes: number) => epochMs(RUN_START + minutes * 60_000);
  const old = person.flaw === 'expired';
  const claims: Claims = {
    iss: person.flaw === 'foreign-region' ? regionIdSchema.parse('440300') : REGION,
    sub: createHash('sha256').update(person.id).digest().subarray(0, 16),
    issuedAt: at(old ? -180 : -60),
    expiresAt: at(old ? -120 : 24 * 60),
    kind: person.carrier,
    colour: person.minted,
    nextColour: person.minted === 'green' ? 'yellow' : person.minted,
    ...(point === undefined ? {} : { holderKey: fromHex(point) }),
  };
  const foreign = runKey('foreign');
  const signer =
    person.flaw === 'foreign-key'
      ? foreign
      : person.flaw === 'replica-key'
        ? cloudKeys.replica
        : cloudKeys.issuer;
  const token = mintToken(claims, signer.keyId, signer.sign);
  const passenger = { person, token: toHex(token), phoneKey: privateKey ?? null };
  return { passenger, bearer: undefined, key: replicaKeyOf(claims.sub) };
}

function keyIn(token: Uint8Array): ReplicaKey | undefined {
  const parsed = parseCode(printToken(token));
  return parsed.ok ? replicaKeyOf(parsed.value.claims.sub) : undefined;
}

export function declaration(dryCough: boolean): unknown {
  return {
    division: REGION,
    symptoms: { fever: false, dryCough, fatigue: false },
    residenceDays: 400,
    contactOfCase: false,
    highRiskTravel: false,
    temperatureCentiC: 3650,
  };
}
