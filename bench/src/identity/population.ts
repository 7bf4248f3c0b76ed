import { createHmac } from 'node:crypto';
import type { CloudProcess } from '../api/cloud-process.ts';
import { declaration, person } from '../api/requests.ts';
import type { Answered, Asker, Asking } from './asking.ts';

/** An account is asked for so often that the 10 tries that it has in 10 minutes, its making among them, are not used up. */
export const triesPerAccountCount = 8;
/** Less than a holder may ask at once. */
export const triesPerHolderCount = 50;

/** Where browsers find the cloud that is asked. */
export const ORIGIN = 'https://cloud.example';

const PASSWORD = 'correct horse battery staple';
export const WRONG_PASSWORD = 'wrong-- horse battery staple';

/** Ids of what belongs to somebody else, and tokens of those who ask. */
export interface Holders {
  readonly tokens: readonly string[];
  readonly applications: readonly string[];
  readonly appeals: readonly string[];
  /** Identity numbers that are registered. */
  readonly numbers: readonly string[];
}

export interface Population {
  /** A new set of accounts of one kind, by username: no two routes share one. */
  accounts(kind: 'active' | 'invited' | 'disabled', count: number): Promise<readonly string[]>;
  holders(askersCount: number, othersCount: number): Promise<Holders>;
  /** Identity numbers of people who were just registered, and have never signed in. */
  registered(count: number): Promise<readonly string[]>;
  /** A sign-in through an identity provider that waits for its end there, and the cookie of the browser. */
  begun(provider: string): Promise<{ readonly url: string; readonly cookie: string }>;
  /** The session cookie of an officer of a district where none of the holders has applied. */
  officer(): Promise<string>;
}

/** Made through the interface, as people come to be there. */
export function populationOf(cloud: CloudProcess, asker: Asker): Population {
  const { ask } = asker;
  const operator = { authorization: `Bearer ${cloud.operatorToken}` };
  let made = 0;
  const invited = async () => {
    made += 1;
    const username = nameOf('k', made);
    const body = { username, name: 'An attendant', role: 'attendant' };
    const answer = await ask({ method: 'POST', path: '/v1/staff', headers: operator, body });
    const { id, invitation } = read<{ id: string; invitation: { secret: string } }>(answer);
    return { id, username, secret: invitation.secret };
  };
  const active = async () => {
    const { id, username, secret } = await invited();
    await activate(asker, { username, secret });
    return { id, username };
  };
  const disabled = async () => {
    const { id, username } = await active();
    read(await ask({ method: 'POST', path: `/v1/staff/${id}/disable`, headers: operator }));
    return { username };
  };
  const one = { active, invited, disabled };
  const registrar = { authorization: `Bearer ${cloud.registrarToken}` };
  let registered = 0;
  const register: Register = async () => {
    const body = person(registered++);
    const answer = await ask({ method: 'POST', path: '/v1/holders', headers: registrar, body });
    return { token: read<{ token: string }>(answer).token, number: body.idNumber };
  };
  return {
    accounts: (kind, count) => inTurn(count, async () => (await one[kind]()).username),
    holders: (askersCount, othersCount) => holdersOf(register, asker, askersCount, othersCount),
    registered: (count) => inTurn(count, async () => (await register()).number),
    begun: async (provider) => {
      const jar = browserOf(asker);
      const { url } = await jar.post<{ url: string }>('/sign-in/social', { provider });
      return { url, cookie: jar.cookie() };
    },
    officer: () => officerOf(cloud, asker, '330108'),
  };
}

/** Of the same length whoever it is. */
export function nameOf(kind: 'k' | 'u', number: number): string {
  return `officer-${kind}${String(number).padStart(6, '0')}`;
}

type Register = () => Promise<{ readonly token: string; readonly number: string }>;

async function holdersOf(
  register: Register,
  { ask }: Asker,
  askersCount: number,
  othersCount: number,
): Promise<Holders> {
  const post = async <T>(path: string, headers: Asking['headers'], body: object): Promise<T> =>
    read<T>(await ask({ method: 'POST', path, ...(headers && { headers }), body }));
  const askers = await inTurn(askersCount, register);
  const others = await inTurn(othersCount, async () => {
    const { token, number } = await register();
    const own = { authorization: `Bearer ${token}` };
    await post('/v1/declarations', own, declaration);
    const apply = { community: '330106001007', purpose: 'work', mayCall: false };
    const application = await post<{ id: string }>('/v1/applications', own, apply);
    const body = { against: { kind: 'status' }, reason: 'record-wrong', evidence: null };
    const appeal = await post<{ id: string }>('/v1/appeals', own, body);
    return { number, application: application.id, appeal: appeal.id };
  });
  return {
    tokens: askers.map(({ token }) => token),
    applications: others.map(({ application }) => application),
    appeals: others.map(({ appeal }) => appeal),
    numbers: others.map(({ number }) => number),
  };
}

/** The session cookie of an officer of an area: two operators put them on the staff, each with half of the invitation. */
async function officerOf(cloud: CloudProcess, asker: Asker, area: string): Promise<string> {
  const post = async <T>(path: string, body: object, cookie?: string): Promise<T> => {
    const headers = { origin: ORIGIN, ...(cookie !== undefined && { cookie }) };
    return read<T>(await asker.ask({ method: 'POST', path, headers, body }));
  };
  const operator = async (username: string): Promise<string> => {
    await activate(asker, { username, secret: cloud.firstOperator(username) });
    return signedIn(asker, username);
  };
  const [first, second] = [await operator('operator-one'), await operator('operator-two')];
  const username = nameOf('k', 0);
  const person = { username, name: 'An officer', role: 'officer', areas: [area] };
  const asked = await post<{ waiting: string; half: string }>('/v1/staff', person, first);
  const path = `/v1/staff/requests/${asked.waiting}/approve`;
  const { invitation } = await post<{ invitation: { secret: string } }>(path, {}, second);
  const secrets = { secret: asked.half, second: invitation.secret };
  await activate(asker, { username, ...secrets });
  return signedIn(asker, username);
}

async function activate(
  { ask }: Asker,
  invitation: { username: string; secret: string; second?: string },
): Promise<void> {
  const body = { ...invitation, password: PASSWORD };
  read(await ask({ method: 'POST', path: '/v1/staff/activate', body }));
}

/** Password, then an authenticator: what the officer's own browser does. */
async function signedIn(asker: Asker, username: string): Promise<string> {
  const { post, cookie } = browserOf(asker);
  await post('/sign-in/username', { username, password: PASSWORD });
  const { totpUri } = await post<{ totpUri: string }>('/two-factor/enable', { password: PASSWORD });
  await post('/two-factor/verify-totp', { code: totpOf(totpUri, Date.now()) });
  return cookie();
}

/** A page of ours that signs somebody in, and keeps the cookies. */
function browserOf({ ask }: Asker) {
  const jar = new Map<string, string>();
  const cookie = () => [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
  return {
    cookie,
    post: async <T>(path: string, body: object): Promise<T> => {
      const headers = { origin: ORIGIN, ...(jar.size > 0 && { cookie: cookie() }) };
      const answer = await ask({ method: 'POST', path: `/api/auth${path}`, headers, body });
      for (const line of answer.cookies) {
        const [name = '', value = ''] = line.split(';', 1)[0]?.split(/=(.*)/s) ?? [];
        if (value === '') jar.delete(name);
        else jar.set(name, value);
      }
      return read<T>(answer);
    },
  };
}

/** RFC 6238 with the secret of an otpauth URI. */
function totpOf(uri: string, now: number): string {
  const letters = new URL(uri).searchParams.get('secret') ?? '';
  const bits = [...letters]
    .map((letter) =>
      'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter).toString(2).padStart(5, '0'),
    )
    .join('');
  const secret = Buffer.from(
    (bits.match(/[01]{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)),
  );
  const step = Buffer.alloc(8);
  step.writeBigUInt64BE(BigInt(Math.floor(now / 30_000)));
  const mac = createHmac('sha1', secret).update(step).digest();
  const at = (mac.at(-1) ?? 0) & 15;
  return String((mac.readUInt32BE(at) & 0x7fff_ffff) % 1_000_000).padStart(6, '0');
}

async function inTurn<T>(count: number, make: () => Promise<T>): Promise<readonly T[]> {
  const all: T[] = [];
  while (all.length < count) all.push(await make());
  return all;
}

function read<T>({ status, body }: Answered): T {
  if (status !== 200) throw new Error(`the cloud answered ${status} ${body}`);
  return JSON.parse(body) as T;
}
