import { APPLICATION_STATES } from '@greengate/contracts/wire/issuing';
import { OVERRIDE_REASONS } from '@greengate/contracts/wire/override';
import { sql } from 'drizzle-orm';
import { check, index, pgTable, primaryKey, uniqueIndex } from 'drizzle-orm/pg-core';
import { integer, nothing, region, text } from './columns.ts';

/** One request for a code. The database itself keeps a holder to one open one, and a decision to somebody's name. */
export const applications = pgTable(
  'application',
  {
    region: region(),
    application: text('application_id').notNull(),
    holder: text('holder_id').notNull(),
    community: text('community').notNull(),
    purpose: text('purpose').notNull(),
    mayCall: integer('may_call').notNull(),
    state: text('state').notNull(),
    since: integer('since').notNull(),
    /** `holder`, `system` or `staff`, and then who. */
    byKind: text('by_kind').notNull(),
    byName: text('by_name').$default(nothing),
    submittedAt: integer('submitted_at').notNull(),
    decideBy: integer('decide_by').$default(nothing),
    escalatedAt: integer('escalated_at').$default(nothing),
    autoIssueAt: integer('auto_issue_at').$default(nothing),
    silenceIssues: integer('silence_issues').notNull(),
    answerBy: integer('answer_by').$default(nothing),
    asks: integer('asks').notNull(),
    /** JSON: the items of the closed list that an officer asked for. */
    askedFor: text('asked_for').notNull(),
    refusedFor: text('refused_for').$default(nothing),
    /** When time alone moves it. */
    dueAt: integer('due_at').$default(nothing),
  },
  (t) => [
    primaryKey({ columns: [t.region, t.application] }),
    uniqueIndex('application_open')
      .on(t.region, t.holder)
      .where(
        sql.raw(`state IN ('submitted','comparing','queued','asked-for-more','video-requested')`),
      ),
    index('application_by_holder').on(t.region, t.holder, t.submittedAt),
    index('application_queue').on(t.region, t.state, t.community, t.decideBy),
    index('application_due').on(t.region, t.dueAt),
    check('application_state', sql.raw(`state IN (${quoted(APPLICATION_STATES)})`)),
    check(
      'application_decided_by_staff',
      sql.raw(`state NOT IN ('issued','refused') OR (by_kind = 'staff' AND by_name IS NOT NULL)`),
    ),
    check('application_refused_for', sql.raw(`state <> 'refused' OR refused_for IS NOT NULL`)),
    check(
      'application_silence',
      sql.raw(
        `state <> 'auto-issued' OR (silence_issues = 1 AND escalated_at IS NOT NULL AND by_kind = 'system')`,
      ),
    ),
  ],
);

/** What happened to an application, step by step. Guards refuse any change of a row. */
export const applicationEvents = pgTable(
  'application_event',
  {
    region: region(),
    application: text('application_id').notNull(),
    seq: integer('seq').notNull(),
    at: integer('at').notNull(),
    event: text('event').notNull(),
    /** What it became. */
    state: text('state').notNull(),
    byKind: text('by_kind').notNull(),
    byName: text('by_name').$default(nothing),
    /** JSON: the decision, or numbers and hashes of documents. */
    detail: text('detail').notNull(),
  },
  (t) => [primaryKey({ columns: [t.region, t.application, t.seq] })],
);

/** A holder's word against a decision. Who made the decision cannot judge it, whoever writes the row. */
export const appeals = pgTable(
  'appeal',
  {
    region: region(),
    appeal: text('appeal_id').notNull(),
    holder: text('holder_id').notNull(),
    division: text('division').notNull(),
    againstKind: text('against_kind').notNull(),
    /** Empty when it is against the status. */
    againstId: text('against_id').notNull(),
    reason: text('reason').notNull(),
    evidenceReference: text('evidence_reference').$default(nothing),
    evidenceSha256: text('evidence_sha256').$default(nothing),
    state: text('state').notNull(),
    madeAt: integer('made_at').notNull(),
    decideBy: integer('decide_by').notNull(),
    escalatedAt: integer('escalated_at').$default(nothing),
    decidedAt: integer('decided_at').$default(nothing),
    decidedBy: text('decided_by').$default(nothing),
    disputedOne: text('disputed_one').$default(nothing),
    disputedOther: text('disputed_other').$default(nothing),
    dueAt: integer('due_at').$default(nothing),
  },
  (t) => [
    primaryKey({ columns: [t.region, t.appeal] }),
    uniqueIndex('appeal_open')
      .on(t.region, t.holder, t.againstKind, t.againstId)
      .where(sql.raw(`state = 'open'`)),
    index('appeal_by_holder').on(t.region, t.holder, t.madeAt),
    index('appeal_queue').on(t.region, t.state, t.division, t.decideBy),
    index('appeal_due').on(t.region, t.dueAt),
    check(
      'appeal_judged_by_another',
      sql.raw(
        `(decided_by <> disputed_one) IS NOT FALSE AND (decided_by <> disputed_other) IS NOT FALSE`,
      ),
    ),
    check(
      'appeal_judged_by_somebody',
      sql.raw(
        `state NOT IN ('upheld','rejected') OR (decided_by IS NOT NULL AND decided_at IS NOT NULL)`,
      ),
    ),
  ],
);

const DAY_MS = 86_400_000;

/** A colour set by hand (DOMAIN 3): the rules about it hold for whoever has the database's password, too. */
export const overrides = pgTable(
  'colour_override',
  {
    region: region(),
    override: text('override_id').notNull(),
    holder: text('holder_id').notNull(),
    division: text('division').notNull(),
    colour: text('colour').notNull(),
    reason: text('reason').notNull(),
    evidenceKind: text('evidence_kind').notNull(),
    evidenceReference: text('evidence_reference').notNull(),
    evidenceSha256: text('evidence_sha256').notNull(),
    proposedAt: integer('proposed_at').notNull(),
    proposedBy: text('proposed_by').notNull(),
    expiresAt: integer('expires_at').notNull(),
    answeredAt: integer('answered_at').$default(nothing),
    answeredBy: text('answered_by').$default(nothing),
    approved: integer('approved').notNull(),
    liftedAt: integer('lifted_at').$default(nothing),
    liftedBy: text('lifted_by').$default(nothing),
  },
  (t) => [
    primaryKey({ columns: [t.region, t.override] }),
    index('override_by_holder').on(t.region, t.holder, t.expiresAt),
    index('override_by_time').on(t.region, t.proposedAt),
    index('override_by_answer').on(t.region, t.answeredAt),
    check('override_two_people', sql.raw(`(answered_by <> proposed_by) IS NOT FALSE`)),
    check(
      'override_approved_by_somebody',
      sql.raw(
        `approved = 0 OR (approved = 1 AND answered_by IS NOT NULL AND answered_at IS NOT NULL)`,
      ),
    ),
    check(
      'override_at_most_14_days',
      sql.raw(`expires_at > proposed_at AND expires_at - proposed_at <= ${14 * DAY_MS}`),
    ),
    check('override_reason', sql.raw(closedReasons())),
    check(
      'override_evidence',
      sql.raw(`length(evidence_sha256) = 64 AND length(evidence_reference) >= 4`),
    ),
    check(
      'override_named',
      sql.raw(`length(proposed_by) > 0 AND (length(answered_by) > 0) IS NOT FALSE`),
    ),
  ],
);

/** A holder is told of every colour set by hand: the guard of the approval writes it. */
export const notices = pgTable(
  'holder_notice',
  {
    region: region(),
    holder: text('holder_id').notNull(),
    at: integer('at').notNull(),
    override: text('override_id').notNull(),
  },
  (t) => [primaryKey({ columns: [t.region, t.holder, t.at, t.override] })],
);

/** Overrides in bulk. Who is named in one does nothing more until another person has cleared it. */
export const overrideAlarms = pgTable(
  'override_alarm',
  {
    region: region(),
    alarm: text('alarm_id').notNull(),
    kind: text('kind').notNull(),
    personOne: text('person_one').notNull(),
    personOther: text('person_other').$default(nothing),
    count: integer('count').notNull(),
    limit: integer('limit_count').notNull(),
    raisedAt: integer('raised_at').notNull(),
    clearedAt: integer('cleared_at').$default(nothing),
    clearedBy: text('cleared_by').$default(nothing),
  },
  (t) => [
    primaryKey({ columns: [t.region, t.alarm] }),
    index('override_alarm_by_time').on(t.region, t.raisedAt),
    check(
      'override_alarm_cleared_by_another',
      sql.raw(
        `(cleared_by <> person_one) IS NOT FALSE AND (cleared_by <> person_other) IS NOT FALSE`,
      ),
    ),
    check(
      'override_alarm_cleared_by_somebody',
      sql.raw(`(cleared_at IS NULL) = (cleared_by IS NULL)`),
    ),
  ],
);

/** One row a region: who guards an override holds it, so that they come one after the other. */
export const overrideTurns = pgTable(
  'override_turn',
  { region: region(), turns: integer('turns').notNull() },
  (t) => [primaryKey({ columns: [t.region] })],
);

function quoted(words: readonly string[]): string {
  return words.map((word) => `'${word}'`).join(',');
}

/** Each reason of the closed list with the colours that it gives and the documents that it needs. */
function closedReasons(): string {
  return Object.entries(OVERRIDE_REASONS)
    .map(
      ([reason, { colours, evidence }]) =>
        `(reason = '${reason}' AND colour IN (${quoted(colours)}) AND evidence_kind IN (${quoted(evidence)}))`,
    )
    .join(' OR ');
}
