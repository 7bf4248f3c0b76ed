import type { RegionId } from '@greengate/contracts/ids';
import { DECISIONS, type DecisionId } from '@greengate/contracts/wire/decision';
import { MISSING_ITEMS, REFUSAL_GROUNDS } from '@greengate/contracts/wire/issuing';
import type { HolderReason } from '@greengate/contracts/wire/notice';
import type {
  AppealRow,
  Application,
  ApplicationRow,
  ApplicationStep,
  OverrideRow,
} from '../issuing-port.ts';
import type { Sql } from './connection.ts';
import { type HolderTelling, tellHolders } from './notice-rows.ts';

/** Tells an applicant what was decided, in the transaction that decides it. `last`: the number of the event before these. */
export async function tellApplicant(
  tx: Sql,
  region: RegionId,
  { id, holder }: Pick<ApplicationRow, 'id' | 'holder'>,
  { application, events }: ApplicationStep,
  last: number,
): Promise<void> {
  const tellings = events.flatMap(({ at, event, state }, i): HolderTelling[] => {
    const decision = APPLICATION_DECISIONS[state];
    // What time alone does, but for issuing, leaves a decision as it was.
    const isDecided = event === 'decision' || event === 'appeal-upheld' || state === 'auto-issued';
    if (decision === undefined || !isDecided) return [];
    const reasons = [textOf(decision), ...groundsOf(application, state)];
    const subject = `application ${id} ${last + i + 1}`;
    return [{ holder, about: 'decision', subject, division: application.community, at, reasons }];
  });
  await tellHolders(tx, region, tellings);
}

/** Tells who appealed what was judged; nothing while it is open, and nothing of what they withdrew themselves. */
export async function tellAppellant(tx: Sql, region: RegionId, row: AppealRow): Promise<void> {
  const { id, holder, division, state, decidedAt } = row;
  if ((state !== 'upheld' && state !== 'rejected') || decidedAt === null) return;
  const reasons = [textOf(`appeal-${state}`)];
  const telling = { holder, subject: `appeal ${id}`, division, at: decidedAt, reasons };
  await tellHolders(tx, region, [{ ...telling, about: 'decision' }]);
}

/**
 * Tells that a colour set by hand is lifted. That it was set, the guard of the database tells; of a proposal that never
 * had an effect there is nothing to tell.
 */
export async function tellLifted(tx: Sql, region: RegionId, row: OverrideRow): Promise<void> {
  const { id, holder, division, approved, liftedAt } = row;
  if (!approved || liftedAt === null) return;
  const reasons = [textOf('override-lifted')];
  const telling = { holder, subject: `lifted ${id}`, division, at: liftedAt, reasons };
  await tellHolders(tx, region, [{ ...telling, about: 'override' }]);
}

/** States that an application only comes to by a decision. */
const APPLICATION_DECISIONS: Readonly<Partial<Record<Application['state'], DecisionId>>> = {
  issued: 'application-issued',
  'auto-issued': 'application-auto-issued',
  refused: 'application-refused',
  'asked-for-more': 'application-asked-for-more',
  'video-requested': 'application-video-requested',
};

function groundsOf(
  { refusedFor, askedFor }: Application,
  state: Application['state'],
): readonly HolderReason[] {
  if (state === 'refused' && refusedFor !== null) {
    return [{ reason: refusedFor, ...REFUSAL_GROUNDS[refusedFor] }];
  }
  if (state !== 'asked-for-more') return [];
  return askedFor.map((item) => ({ reason: item, ...MISSING_ITEMS[item] }));
}

function textOf(reason: DecisionId): HolderReason {
  return { reason, ...DECISIONS[reason] };
}
