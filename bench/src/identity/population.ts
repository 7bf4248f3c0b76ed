import { createHmac } from 'node:crypto';
import type { CloudProcess } from '../api/cloud-process.ts';
import { declaration, person } from '../api/requests.ts';
import type { Answered, Asker, Asking } from './asking.ts';

/** An account is asked for so often that the 10 tries that it has in 10 minutes, its making among them, are not used up. */
export const triesPerAccountCount = 8;
/** Less than a holder may ask at once. */
export const triesPerHolderCount = 50;

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
  /** The session cookie of an officer of a district where none of the holders has applied. */
  officer(): Promise<string>;
}

/** Made through the interface, as people come to be there. */
export function populationOf(cloud: CloudProcess, asker: Asker): Population {
  const { ask } = asker;
  const operator = { authorization: `Bearer ${cloud.operatorToken}` };
  let made = 0;
  const invited = async (area = '330106') => {
    made += 1;
    const username = nameOf('k', made);
    const body = { username, name: 'An officer', role: 'officer', areas: [area] };
    const answer = await ask({ method: 'POST', path: '/v1/staff', headers: operator, body });
    const { id, invitation } = read<{ id: string; invitation: { secret: string } }>(answer);
    return { id, username, secret: invitation.secret };
  };
  const active = async (area?: string) => {
    const { id, username, secret } = await invited(area);
    const body = { username, secret, password: PASSWORD };
    read(await ask({ method: 'POST', path: '/v1/staff/activate', body }));
    return { id, username };
  };
  const disabled = async () => {
    const { id, username } = await active();
    read(await ask({ method: 'POST', path: `/v1/staff/${id}/disable`, headers: operator }));
    return { username };
  };
  const one = { active, invited, disabled };
  return {
    accounts: (kind, count) => inTurn(count, async () => (await one[kind]()).username),
    holders: (askersCount, othersCount) => holdersOf(cloud, asker, askersCount, othersCount),
    officer: async () => signedIn(cloud, asker, (await active('330108')).username),
  };
}

/** Of the same length whoever it is. */
export function nameOf(kind: 'k' | 'u', number: number): string {
  return `officer-${kind}${String(number).padStart(6, '0')}`;
}

async function holdersOf(
  cloud: CloudProcess,
  { ask }: Asker,
  askersCount: number,
  othersCount: number,
): Promise<Holders> {
  const registrar = { authorization: `Bearer ${cloud.registrarToken}` };
  const post = async <T>(path: string, headers: Asking['headers'], body: object): Promise<T> =>
    read<T>(await ask({ method: 'POST', path, ...(headers && { headers }), body }));
  let registered = 0;
  const holder = async () => {
    const one = person(registered++);
    const { token } = await post<{ token: string }>('/v1/holders', registrar, one);
    return { token, number: one.idNumber };
  };
  const askers = await inTurn(askersCount, holder);
  const others = await inTurn(othersCount, async () => {
    const { token, number } = await holder();
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

/** Password, then an authenticator: what the officer's own browser does. */
async function signedIn({ port }: CloudProcess, { ask }: Asker, username: string): Promise<string> {
  const jar = new Map<string, string>();
  const post = async <T>(path: string, body: object): Promise<T> => {
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
    const headers = {
      origin: `http://127.0.0.1:${port}`,
      'sec-fetch-site': 'same-origin',
      ...(cookie && { cookie }),
    };
    const answer = await ask({ method: 'POST', path: `/api/auth${path}`, headers, body });
    for (const line of answer.cookies) {
      const [name = '', value = ''] = line.split(';', 1)[0]?.split(/=(.*)/s) ?? [];
      if (value === '') jar.delete(name);
      else jar.set(name, value);
    }
    return read<T>(answer);
  };
  await post('/sign-in/username', { username, password: PASSWORD });
  const { totpUri } = await post<{ totpUri: string }>('/two-factor/enable', { password: PASSWORD });
  await post('/two-factor/verify-totp', { code: totpOf(totpUri, Date.now()) });
  return [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
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
