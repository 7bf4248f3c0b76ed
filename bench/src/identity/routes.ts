import type { Asking } from './asking.ts';
import {
  nameOf,
  type Population,
  triesPerAccountCount,
  triesPerHolderCount,
  WRONG_PASSWORD,
} from './population.ts';
import { PROVIDER_ID, type Provider } from './provider.ts';

/** A place where somebody can be asked for. */
export interface IdentityRoute {
  readonly name: string;
  /** What everybody is answered. */
  readonly status: number;
  /** Whom nobody knows. */
  readonly unknown: AskingOf;
  /** Who is there, by what is theirs. */
  readonly known: Readonly<Record<string, AskingOf>>;
}

/** The request of a number; whatever has to come before it is done by then. */
export type AskingOf = (at: number) => Asking | Promise<Asking>;

/**
 * Every route of the table that takes an identity and does not first demand the right to know it. Left out, because
 * whoever may call them may know: registrars who register (`POST /v1/holders` answers `already-exists`), operators who
 * import lists and travel (they are answered how many holders it touched) and who look up a holder or a member of
 * staff by reference; each such act stands in the audit log.
 */
export async function identityRoutes(
  population: Population,
  provider: Provider,
  triesCount: number,
): Promise<readonly IdentityRoute[]> {
  return [
    await providerRoute(population, provider, triesCount),
    ...(await accountRoutes(population, triesCount)),
    ...(await holderRoutes(population, triesCount)),
  ];
}

/** Who comes back from the provider is answered alike, whether a registrar has registered their number or nobody. */
async function providerRoute(
  { begun, registered }: Population,
  provider: Provider,
  triesCount: number,
): Promise<IdentityRoute> {
  const numbers = await registered(triesCount);
  const comingBack =
    (numberOf: (at: number) => string): AskingOf =>
    async (at) => {
      const { url, cookie } = await begun(PROVIDER_ID);
      const of = new URL(url).searchParams;
      const code = provider.vouch({
        ...{ name: 'Person 1', idNumber: numberOf(at), nonce: of.get('nonce') },
      });
      const query = new URLSearchParams({ code, state: of.get('state') ?? '' });
      const path = `/api/auth/callback/${PROVIDER_ID}?${query}`;
      return { method: 'GET', path, headers: { cookie } };
    };
  return {
    name: 'sign in by identity',
    status: 302,
    unknown: comingBack((at) => `${11010019700101000n + BigInt(at)}X`),
    known: { registered: comingBack(cycled(numbers)) },
  };
}

async function accountRoutes(
  { accounts }: Population,
  triesCount: number,
): Promise<readonly IdentityRoute[]> {
  const count = Math.ceil(triesCount / triesPerAccountCount);
  const some = async (kind: Parameters<Population['accounts']>[0]) =>
    cycled(await accounts(kind, count));
  const signIn = (name: (at: number) => string) => (at: number) =>
    post('/api/auth/sign-in/username', { username: name(at), password: WRONG_PASSWORD });
  const activate = (name: (at: number) => string) => (at: number) =>
    post('/v1/staff/activate', {
      ...{ username: name(at), secret: 'A'.repeat(43), password: WRONG_PASSWORD },
    });
  // A name of their own for each few tries: as many as an account has.
  const nobody = (route: number) => (at: number) =>
    nameOf('u', route * 10_000 + Math.floor(at / triesPerAccountCount));
  return [
    {
      name: 'sign in',
      status: 401,
      unknown: signIn(nobody(1)),
      known: {
        active: signIn(await some('active')),
        invited: signIn(await some('invited')),
        disabled: signIn(await some('disabled')),
      },
    },
    {
      name: 'activate an invitation',
      status: 401,
      unknown: activate(nobody(2)),
      known: { invited: activate(await some('invited')), active: activate(await some('active')) },
    },
  ];
}

async function holderRoutes(
  population: Population,
  triesCount: number,
): Promise<readonly IdentityRoute[]> {
  const routesCount = 4;
  const askersCount = Math.ceil((2 * routesCount * triesCount) / triesPerHolderCount) + routesCount;
  const { tokens, applications, appeals, numbers } = await population.holders(askersCount, 50);
  const cookie = await population.officer();
  let asked = 0;
  const asHolder = (path: string, body?: object): Asking => {
    const token = tokens[Math.floor(asked++ / triesPerHolderCount) % tokens.length];
    return { ...post(path, body), headers: { authorization: `Bearer ${token}` } };
  };
  const [foreign, appealed, registered] = [cycled(applications), cycled(appeals), cycled(numbers)];
  const appeal = (id: string) =>
    asHolder('/v1/appeals', {
      against: { kind: 'application', id },
      reason: 'refusal-unfounded',
      evidence: null,
    });
  const answer = (id: string) => asHolder(`/v1/applications/${id}/answer`, { kind: 'withdraw' });
  const withdrawal = (id: string) => asHolder(`/v1/appeals/${id}/withdrawal`);
  const look = (id: string): Asking => ({
    method: 'GET',
    path: `/v1/queue/${id}`,
    headers: { cookie },
  });
  const register = (idNumber: string) =>
    asHolder('/v1/holders', { name: 'Person 1', idNumber, phone: '13800000000' });
  const other = (
    make: (id: string) => Asking,
    ids: (at: number) => string,
  ): Omit<IdentityRoute, 'name'> => ({
    status: 404,
    unknown: (at) => make(idOf(at)),
    known: { "another's": (at) => make(ids(at)) },
  });
  return [
    { name: 'appeal against an application', ...other(appeal, foreign) },
    { name: "answer in an application's place", ...other(answer, foreign) },
    { name: 'withdraw an appeal', ...other(withdrawal, appealed) },
    {
      name: 'register a number, as a holder',
      status: 403,
      unknown: (at) => register(`${44010019700101000n + BigInt(at)}X`),
      known: { registered: (at) => register(registered(at)) },
    },
    { name: "look into another area's queue", ...other(look, foreign) },
  ];
}

function post(path: string, body?: object): Asking {
  return { method: 'POST', path, ...(body && { body }) };
}

/** 32 hex digits that are nobody's. */
function idOf(at: number): string {
  return at.toString(16).padStart(32, 'f');
}

function cycled<T>(items: readonly T[]): (at: number) => T {
  return (at) => {
    const found = items[at % items.length];
    if (found === undefined) throw new RangeError('nobody');
    return found;
  };
}
