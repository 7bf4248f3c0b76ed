import {
  type AccountRole,
  type Invitation,
  type NewStaff,
  PRIVILEGED_ROLES,
  type Staff,
  type StaffAction,
  type StaffMember,
  type StaffOutcome,
} from '../accounts-port.ts';
import type { Clock, Random } from '../ports.ts';
import { ProblemError } from '../problem.ts';
import { inviteHashOf, newSecret, secretHash } from './invitation.ts';
import { invitationHoursMax, requestHoursMax } from './limits.ts';
import { hashPassword, locked, unlocked } from './password.ts';
import type { CredentialRow, StaffRequestRow, UserRow } from './rows.ts';
import { areasFrom } from './sessions.ts';
import type { Tables } from './store/tables.ts';

export interface StaffDeps {
  readonly tables: Tables;
  readonly clock: Clock;
  readonly random: Random;
}

/** Who works here, and with what rights. */
export function staffIn(deps: StaffDeps): Staff {
  const { tables } = deps;
  const people = peopleIn(deps);
  const requests = requestsIn(deps);

  /** Does it, or keeps it for a second operator. */
  async function orWait(
    action: StaffAction,
    person: NewStaff,
    subject: string,
    by: string | undefined,
  ): Promise<StaffOutcome> {
    if (!PRIVILEGED_ROLES.includes(person.role)) return people.act(action, person, subject);
    if (by === undefined) throw new ProblemError('forbidden', 'Sign in as yourself for this.');
    return requests.add(action, person, subject, by);
  }

  return {
    create: async (person, by) => {
      if (await people.byUsername(person.username)) throw new ProblemError('already-exists');
      return orWait('create', person, '', by);
    },
    reset: async (id, by) => orWait('reset', memberFrom(await people.get(id)), id, by),
    enable: async (id, by) => orWait('enable', memberFrom(await people.get(id)), id, by),
    disable: async (id, by) => {
      if (id === by) throw new ProblemError('forbidden', 'Somebody else has to disable you.');
      await people.disable(id);
    },
    list: async () => {
      const where = [{ field: 'role', operator: 'ne' as const, value: null }];
      const sortBy = { field: 'username', direction: 'asc' as const };
      const users = await tables.findMany<UserRow>({ model: 'user', where, sortBy, limit: 10_000 });
      return users.map(memberFrom);
    },
    requests: async () => (await requests.open()).map(({ row, person }) => shown(row, person)),
    approve: async (id, by) => {
      const { row, person } = await requests.take(id, by);
      const action = row.action as StaffAction;
      const half = row.halfHash ?? undefined;
      // Without the half of who asked, who approves would hold all of it.
      if (action !== 'enable' && half === undefined) throw new ProblemError('not-found');
      return people.act(action, person, row.subject, half);
    },
  };
}

function shown({ id, action, subject, requestedBy, until }: StaffRequestRow, person: NewStaff) {
  const what = action as StaffAction;
  return { id, action: what, subject, ...person, requestedBy, until: until.getTime() };
}

function memberFrom(user: UserRow): StaffMember {
  const role = user.role as AccountRole;
  return {
    id: user.id,
    username: user.username ?? '',
    name: user.name,
    role,
    areas: areasFrom(user, role),
    disabled: user.disabledAt instanceof Date,
    secondFactor: user.twoFactorEnabled === true,
    invited: user.inviteUntil instanceof Date,
  };
}

interface People {
  byUsername(username: string): Promise<UserRow | undefined>;
  /** Refuses `not-found` for anyone who is not of the staff. */
  get(id: string): Promise<UserRow>;
  disable(id: string): Promise<void>;
  /** `half`: the hash of the requester's half of an invitation of two. */
  act(action: StaffAction, person: NewStaff, subject: string, half?: string): Promise<StaffOutcome>;
}

export function peopleIn({ tables, clock, random }: StaffDeps): People {
  const one = async (field: string, value: string) => {
    const found = await tables.findOne<UserRow>({ model: 'user', where: [{ field, value }] });
    return found ?? undefined;
  };
  const get = async (id: string) => {
    const user = await one('id', id);
    if (!user?.role) throw new ProblemError('not-found');
    return user;
  };
  const change = (id: string, update: Record<string, unknown>) =>
    tables.update({ model: 'user', where: [{ field: 'id', value: id }], update });
  const endSessions = (userId: string) =>
    tables.deleteMany({ model: 'session', where: [{ field: 'userId', value: userId }] });

  async function invite(id: string, half: string | undefined): Promise<Invitation> {
    const secret = newSecret(random);
    const until = clock.now() + invitationHoursMax * 3_600_000;
    const hashes = [...(half === undefined ? [] : [half]), secretHash(secret)];
    await change(id, { inviteHash: inviteHashOf(hashes), inviteUntil: new Date(until) });
    return { id, secret, isHalf: half !== undefined, until };
  }

  async function relock(id: string, to: (hash: string) => string | Promise<string>) {
    const credential = await credentialOf(tables, id);
    if (!credential?.password) return;
    const update = { password: await to(credential.password) };
    await tables.update({
      model: 'account',
      where: [{ field: 'id', value: credential.id }],
      update,
    });
  }

  type Act = (person: NewStaff, id: string, half?: string) => Promise<StaffOutcome>;
  const acts: Record<StaffAction, Act> = {
    create: async (person, _id, half) => {
      const id = await insertStaff(tables, person, await nobodysPassword(random), clock);
      return { kind: 'done', id, invitation: await invite(id, half) };
    },
    reset: async (_person, id, half) => {
      const user = await get(id);
      const password = await nobodysPassword(random);
      await relock(id, () => (user.disabledAt ? locked(password) : password));
      await tables.deleteMany({ model: 'twoFactor', where: [{ field: 'userId', value: id }] });
      await change(id, { twoFactorEnabled: false });
      await endSessions(id);
      return { kind: 'done', id, invitation: await invite(id, half) };
    },
    enable: async (_person, id) => {
      await get(id);
      await relock(id, unlocked);
      await change(id, { disabledAt: null });
      return { kind: 'done', id };
    },
  };

  return {
    byUsername: (username) => one('username', username),
    get,
    disable: async (id) => {
      await get(id);
      // First the mark, which each request and each new session looks at; then what is left of them.
      await change(id, { disabledAt: new Date(clock.now()), inviteHash: null, inviteUntil: null });
      await endSessions(id);
      await relock(id, locked);
    },
    act: (action, person, subject, half) => acts[action](person, subject, half),
  };
}

/** Everybody has a password from the start, so that no answer is faster for those who have not set theirs. */
function nobodysPassword(random: Random): Promise<string> {
  return hashPassword(Buffer.from(random.bytes(32)).toString('base64url'));
}

export async function credentialOf(tables: Tables, userId: string) {
  const where = [
    { field: 'userId', value: userId },
    { field: 'providerId', value: 'credential' },
  ];
  return tables.findOne<CredentialRow>({ model: 'account', where });
}

/** Refuses `already-exists` when the name was taken in the meantime. */
async function insertStaff(tables: Tables, person: NewStaff, password: string, clock: Clock) {
  const { username, name, role, areas } = person;
  const at = new Date(clock.now());
  const times = { createdAt: at, updatedAt: at };
  const email = `${username}@staff.invalid`;
  const row = { username, name, role, email, emailVerified: true, areas: JSON.stringify(areas) };
  try {
    const data = { ...row, ...times, twoFactorEnabled: false };
    const { id } = await tables.create<Record<string, unknown>, UserRow>({ model: 'user', data });
    const account = { accountId: id, providerId: 'credential', userId: id, password, ...times };
    await tables.create({ model: 'account', data: account });
    return id;
  } catch {
    const where = [{ field: 'username', value: username }];
    const taken = await tables.findOne({ model: 'user', where });
    throw new ProblemError(taken ? 'already-exists' : 'internal');
  }
}

function requestsIn({ tables, clock, random }: StaffDeps) {
  const personOf = (row: StaffRequestRow) => JSON.parse(row.body) as NewStaff;
  const waiting = (where: { field: string; value: string }[]) => [
    ...where,
    { field: 'until', operator: 'gt' as const, value: new Date(clock.now()) },
  ];
  return {
    add: async (
      action: StaffAction,
      person: NewStaff,
      subject: string,
      by: string,
    ): Promise<StaffOutcome> => {
      const half = action === 'enable' ? undefined : newSecret(random);
      const now = clock.now();
      const over = [{ field: 'until', operator: 'lte' as const, value: new Date(now) }];
      await tables.deleteMany({ model: 'staffRequest', where: over });
      const until = new Date(now + requestHoursMax * 3_600_000);
      const { username, name, role, areas } = person;
      const body = JSON.stringify({ username, name, role, areas });
      const halfHash = half === undefined ? null : secretHash(half);
      const asked = { requestedBy: by, requestedAt: new Date(now), until };
      const data = { action, subject, body, halfHash, ...asked };
      const row = await tables.create<Record<string, unknown>, StaffRequestRow>({
        model: 'staffRequest',
        data,
      });
      return { kind: 'waiting', request: row.id, ...(half !== undefined && { half }) };
    },
    open: async () => {
      const rows = await tables.findMany<StaffRequestRow>({
        model: 'staffRequest',
        where: waiting([]),
        limit: 1000,
      });
      return rows.map((row) => ({ row, person: personOf(row) }));
    },
    /** Takes it away as it is read, so that two approvals at once do it once. */
    take: async (id: string, by: string) => {
      const where = waiting([{ field: 'id', value: id }]);
      const row = await tables.findOne<StaffRequestRow>({ model: 'staffRequest', where });
      if (!row) throw new ProblemError('not-found');
      if (row.requestedBy === by) throw new ProblemError('second-person-needed');
      // Who was disabled since has asked for nothing that still counts.
      if (!(await isOperator(tables, row.requestedBy))) throw new ProblemError('not-found');
      const taken = await tables.consumeOne<StaffRequestRow>({ model: 'staffRequest', where });
      if (!taken) throw new ProblemError('not-found');
      return { row: taken, person: personOf(taken) };
    },
  };
}

async function isOperator(tables: Tables, id: string): Promise<boolean> {
  const where = [{ field: 'id', value: id }];
  const user = await tables.findOne<UserRow>({ model: 'user', where });
  return user?.role === 'operator' && !user.disabledAt;
}
