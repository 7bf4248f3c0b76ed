import type { EpochMs } from '@greengate/contracts/time';
import { evidenceAcceptedSchema } from '@greengate/contracts/wire/evidence';
import {
  codeIssuedSchema,
  type Declaration,
  holderCreatedSchema,
  holderStatusSchema,
} from '@greengate/contracts/wire/holder';
import type { Passenger, Person } from '../person.ts';
import type { CloudClient } from './cloud-client.ts';
import { REGION } from './config.ts';
import { type Issuer, newPhoneKey } from './issuer.ts';

export interface Populated {
  readonly passengers: readonly Passenger[];
  /** Version of the region's stream by which a gateway knows them all. */
  readonly ver: number;
}

interface Bearers {
  readonly registrar: string;
  readonly operator: string;
}

interface Enrolled {
  readonly passenger: Passenger;
  readonly bearer: string;
  readonly ver: number;
}

/**
 * Brings people to life: those the cloud is to know go through its API as a registrar, they themselves and
 * an operator would use it; the others get a token from the issuer. Everyone is green when their code is
 * issued; who should be red or yellow becomes so afterwards, so that the code in their hand says too much.
 */
export async function populate(
  people: readonly Person[],
  cloud: CloudClient,
  issuer: Issuer,
  bearers: Bearers,
  now: EpochMs,
): Promise<Populated> {
  const strangers = people.filter((person) => person.standing === 'unknown');
  const known = people.filter((person) => person.standing !== 'unknown');
  const enrolled = await inParallel(known, (person) => enrol(person, cloud, bearers.registrar));

  const reds = known.filter((person) => person.standing === 'red');
  const since = new Date(now - 3 * 86_400_000).toISOString().slice(0, 10);
  await cloud.post(
    '/v1/lists/confirmed',
    bearers.operator,
    { entries: reds.map(({ idNumber }) => ({ idNumber, since })) },
    evidenceAcceptedSchema,
  );
  // Last of all, so that the version they answer covers the list above.
  const yellows = enrolled.filter(({ passenger }) => passenger.person.standing === 'yellow');
  const unwell = await inParallel(yellows, ({ bearer }) =>
    cloud.post('/v1/declarations', bearer, declaration(true), holderStatusSchema),
  );
  for (const { colour } of unwell) {
    if (colour !== 'yellow') throw new Error(`a declared dry cough scored ${colour}`);
  }
  return {
    passengers: [
      ...enrolled.map(({ passenger }) => passenger),
      ...strangers.map((person) => issuer.mint(person, now)),
    ],
    ver: Math.max(...enrolled.map(({ ver }) => ver), ...unwell.map(({ ver }) => ver)),
  };
}

async function enrol(person: Person, cloud: CloudClient, registrar: string): Promise<Enrolled> {
  const { name, idNumber, phone } = person;
  const holder = await cloud.post(
    '/v1/holders',
    registrar,
    { name, idNumber, phone },
    holderCreatedSchema,
  );
  const bearer = holder.token;
  const status = await cloud.post(
    '/v1/declarations',
    bearer,
    declaration(false),
    holderStatusSchema,
  );
  if (status.colour !== 'green') throw new Error(`a clean declaration scored ${status.colour}`);
  const key = person.carrier === 'phone' ? newPhoneKey() : undefined;
  const request = key ? { kind: 'phone', publicKey: key.publicKey } : { kind: 'paper' };
  const code = await cloud.post('/v1/codes', bearer, request, codeIssuedSchema);
  return {
    passenger: { person, token: code.token, phoneKey: key?.privateKey ?? null },
    bearer,
    ver: status.ver,
  };
}

function declaration(dryCough: boolean): Declaration {
  return {
    division: REGION as Declaration['division'],
    symptoms: { fever: false, dryCough, fatigue: false },
    residenceDays: 400,
    contactOfCase: false,
    highRiskTravel: false,
    temperatureCentiC: 3650,
  };
}

const AT_ONCE = 12;

/** Like Promise.all, but with a bounded number under way: the cloud sheds a crowd. */
async function inParallel<T, R>(items: readonly T[], run: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  const queue = items.entries();
  const worker = async () => {
    for (const [at, item] of queue) results[at] = await run(item);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return results;
}
