import type { EpochMs } from '@greengate/contracts/time';
import {
  ACCOUNT_ROLES,
  type AccountPrincipal,
  type AccountRole,
  SESSION_COOKIE,
} from '../accounts-port.ts';
import type { Clock } from '../ports.ts';
import type { Library } from './library.ts';
import {
  cookieCharsMax,
  holderSessionDaysMax,
  seenStepSeconds,
  staffIdleMinutesMax,
  staffSessionHoursMax,
} from './limits.ts';
import type { SessionRow, UserRow } from './rows.ts';

export interface LiveSession {
  readonly session: SessionRow;
  readonly user: UserRow;
  readonly principal: AccountPrincipal;
}

/** Finds the session of a Cookie header and ends it when its time is over. */
export function sessionsOf(library: Library, clock: Clock) {
  return async (cookie: string | undefined): Promise<LiveSession | undefined> => {
    const own = ownCookies(cookie).find((one) => one.startsWith(`${SESSION_COOKIE}=`));
    if (own === undefined) return undefined;
    const found = await library.session(own);
    const principal = found && principalFrom(found.session, found.user);
    if (!found || !principal) return undefined;
    const { session } = found;
    const now = clock.now();
    const where = [{ field: 'id', value: session.id }];
    if (isOver(session, principal, now)) {
      await library.tables.deleteMany({ model: 'session', where });
      return undefined;
    }
    if (now - session.seenAt.getTime() >= seenStepSeconds * 1000) {
      const update = { seenAt: new Date(now) };
      await library.tables.updateMany({ model: 'session', where, update });
    }
    return { ...found, principal };
  };
}

/** The cookies of ours in a Cookie header; none when it is absurdly long. */
export function ownCookies(cookie: string | undefined): string[] {
  if (cookie === undefined || cookie.length > cookieCharsMax) return [];
  return cookie.split(/; */).filter((one) => one.startsWith(SESSION_COOKIE));
}

function principalFrom(session: SessionRow, user: UserRow): AccountPrincipal | undefined {
  if (user.disabledAt) return undefined;
  if (user.holder) return { kind: 'holder', holder: user.holder };
  const role = ACCOUNT_ROLES.find((one) => one === user.role);
  if (role === undefined) return undefined;
  const { id, name } = user;
  const { secondFactor } = session;
  const account = { id, name, role, areas: areasFrom(user, role), secondFactor };
  return { kind: 'staff', account };
}

/** Only officers have areas. */
export function areasFrom(user: UserRow, role: AccountRole): readonly string[] {
  return role === 'officer' ? (JSON.parse(user.areas ?? '[]') as string[]) : [];
}

function isOver({ startedAt, seenAt }: SessionRow, { kind }: AccountPrincipal, now: EpochMs) {
  const age = now - startedAt.getTime();
  if (kind === 'holder') return age >= holderSessionDaysMax * 24 * 3_600_000;
  const idle = now - seenAt.getTime();
  return age >= staffSessionHoursMax * 3_600_000 || idle >= staffIdleMinutesMax * 60_000;
}
