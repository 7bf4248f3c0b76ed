import { communityIdSchema, sha256HexSchema } from '@greengate/contracts/ids';
import { ok, refuse } from '@greengate/contracts/result';
import { type EpochMs, epochMs } from '@greengate/contracts/time';
import { describe, expect, test } from 'vitest';
import type {
  AppealRow,
  Application,
  ApplicationStep,
  Guarded,
  Override,
} from '../../src/issuing-port.ts';
import type { Decide, Store } from '../../src/ports.ts';
import { declared, HANGZHOU, NOW, rule, type StoreUnderTest, same } from './fixtures.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const at = (ms: number) => epochMs(NOW + ms);
const SHA = sha256HexSchema.parse('cd'.repeat(32));

const application = (changes: Partial<Application> = {}): Application => ({
  community: communityIdSchema.parse('330106001007'),
  ...{ purpose: 'work', mayCall: true, state: 'queued', since: NOW, by: { kind: 'system' } },
  ...{ submittedAt: NOW, decideBy: at(6 * HOUR), escalatedAt: null, autoIssueAt: null },
  ...{ silenceIssues: true, answerBy: null, asks: 0, askedFor: [], refusedFor: null },
  ...changes,
});

const step = (
  changes: Partial<Application> = {},
  dueAt: EpochMs | null = null,
): ApplicationStep => {
  const one = application(changes);
  const { state, by } = one;
  return { application: one, dueAt, events: [{ at: NOW, event: 'time', state, by }] };
};

const override = (changes: Partial<Override> = {}): Override => ({
  ...{ holder: 'a', division: HANGZHOU, colour: 'red', reason: 'test-positive' },
  evidence: { kind: 'laboratory-report', reference: 'CDC/2022-7', sha256: SHA },
  ...{ proposedAt: NOW, proposedBy: 'zhao', expiresAt: at(7 * DAY), answeredAt: null },
  ...{ answeredBy: null, approved: false, liftedAt: null, liftedBy: null, ...changes },
});

const value = (one: Override): Guarded<Override> => ({ ok: true, value: one });

async function approve(store: Store, id: string, by = 'qian', when = NOW) {
  return store.answerOverride(id, when, (row) =>
    value({ ...row, answeredAt: when, answeredBy: by, approved: true }),
  );
}

/** What bears on a holder's colour, as a rescore sees it. */
async function seen(store: Store, holder: string) {
  let found: unknown;
  const look: Decide = (evidence, held) => {
    found = { overrides: evidence.overrides, application: evidence.application };
    return same(evidence, held);
  };
  await store.rescore([holder], look, rule(1));
  return found;
}

export function issuingSuite(open: () => Promise<StoreUnderTest>): void {
  applicationSuite(open);
  appealSuite(open);
  overrideSuite(open);
}

function applicationSuite(open: () => Promise<StoreUnderTest>): void {
  describe('applications', () => {
    test('are written as they were decided, with their holder due, and stay in their region', async () => {
      const { hangzhou, ningbo } = await open();
      await declared(hangzhou, 'a');
      const made = await hangzhou.submitApplication('1', 'a', (latest, evidence) => {
        expect([latest, evidence?.holder]).toEqual([undefined, 'a']);
        return ok(step({}, at(HOUR)));
      });
      expect(made).toEqual(ok({ ...application(), id: '1', holder: 'a' }));
      expect(await hangzhou.application('1')).toEqual({ ...application(), id: '1', holder: 'a' });
      expect(await ningbo.application('1')).toBeUndefined();
      expect(await hangzhou.due(epochMs(0), 9)).toEqual(['a']);
      expect(await seen(hangzhou, 'a')).toMatchObject({
        application: { state: 'queued', purpose: 'work' },
      });
      expect(await hangzhou.dueApplications(at(HOUR - 1), 9)).toEqual([]);
      expect(await hangzhou.dueApplications(at(HOUR), 9)).toEqual(['1']);
    });

    test('move only as the pure rules say; a refusal writes nothing; the newest is shown to the next', async () => {
      const { hangzhou } = await open();
      await declared(hangzhou, 'a');
      await hangzhou.submitApplication('1', 'a', () => ok(step()));
      const again = await hangzhou.submitApplication('2', 'a', (latest) => {
        expect(latest?.id).toBe('1');
        return refuse('application-open');
      });
      expect(again).toEqual(refuse('application-open'));
      expect(await hangzhou.moveApplication('0', () => ok(step()))).toBeUndefined();
      expect(await hangzhou.moveApplication('1', () => refuse('application-closed'))).toEqual(
        refuse('application-closed'),
      );
      const by = { kind: 'staff', name: 'li' } as const;
      const changes = { state: 'refused', by, refusedFor: 'not-resident', decideBy: null } as const;
      expect(await hangzhou.moveApplication('1', () => ok(step(changes)))).toMatchObject({
        ok: true,
        value: { id: '1', ...changes },
      });
      expect(await hangzhou.application('1')).toMatchObject(changes);
      await hangzhou.submitApplication('2', 'a', () => ok(step({ submittedAt: at(1) })));
      await hangzhou.moveApplication('2', () =>
        ok(step({ state: 'withdrawn', submittedAt: at(1) })),
      );
      expect(await seen(hangzhou, 'a')).toMatchObject({ application: { state: 'refused' } });
      expect((await hangzhou.applicationsOf('a', 9)).map(({ id }) => id)).toEqual(['2', '1']);
    });

    test('tell their holder of a decision in the transaction that makes it, and of one that fails nothing', async () => {
      const { hangzhou, ningbo } = await open();
      await declared(hangzhou, 'a', 'b');
      await hangzhou.submitApplication('1', 'a', () => ok(step()));
      const by = { kind: 'staff', name: 'li' } as const;
      const decided = (changes: Partial<Application>): ApplicationStep => {
        const made = step({ by, ...changes });
        return { ...made, events: made.events.map((one) => ({ ...one, event: 'decision' })) };
      };
      const told = async (store: Store, holder: string) =>
        (await store.holderNotices(holder, undefined, 9)).map(({ about, reasons }) => [
          about,
          ...reasons.map(({ reason }) => reason),
        ]);
      // The database itself lets no refusal pass without a ground.
      await expect(
        hangzhou.moveApplication('1', () => ok(decided({ state: 'refused' }))),
      ).rejects.toThrow();
      expect(await told(hangzhou, 'a')).toEqual([]);
      await hangzhou.moveApplication('1', () =>
        ok(decided({ state: 'asked-for-more', askedFor: ['negative-test'] })),
      );
      expect(await told(hangzhou, 'a')).toEqual([
        ['decision', 'application-asked-for-more', 'negative-test'],
      ]);
      await hangzhou.moveApplication('1', () => ok(step({ state: 'queued' })));
      expect(await told(hangzhou, 'a')).toHaveLength(1);
      expect(await told(hangzhou, 'b')).toEqual([]);
      expect(await told(ningbo, 'a')).toEqual([]);
    });

    test('a contradiction is handled where its holder applied last, and until then where they declared to live', async () => {
      const { hangzhou } = await open();
      await declared(hangzhou, 'a', 'b');
      const flag = (id: string, declaredAt: number) =>
        hangzhou.rescore(
          [id],
          (evidence, held) => ({
            ...same(evidence, held),
            contradictions: [
              {
                ...({
                  declared: 'no-contact',
                  list: 'close-contact',
                  since: '2022-02-20',
                } as const),
                ...{ division: HANGZHOU, declaredAt, foundAt: declaredAt },
              },
            ],
          }),
          rule(1),
        );
      const seen = async (...stems: string[]) =>
        (await hangzhou.contradictions(undefined, 9, stems)).map(
          (row) => row.holder + row.declaredAt,
        );
      const apply = (id: string, place: string, submittedAt: EpochMs) =>
        hangzhou.submitApplication(id, 'a', () =>
          ok(
            step({
              ...{ community: communityIdSchema.parse(place), submittedAt },
              state: 'withdrawn',
            }),
          ),
        );
      await flag('a', 1);
      await flag('b', 2);
      expect(await seen('3301')).toEqual(['a1', 'b2']);
      expect(await seen('330106')).toEqual([]);
      await apply('1', '330106001007', at(3));
      expect(await seen('330106')).toEqual(['a1']);
      await apply('2', '330108002001', at(4));
      await flag('a', 5);
      expect(await seen('330106')).toEqual([]);
      expect(await seen('330108002001', '330106')).toEqual(['a1', 'a5']);
      expect(await seen('3301')).toEqual(['a1', 'b2', 'a5']);
      expect(await seen('3302')).toEqual([]);
      expect(await seen()).toEqual([]);
      const [first] = await hangzhou.contradictions(undefined, 9, ['330108']);
      const rest = await hangzhou.contradictions(first, 9, ['330108']);
      expect(rest.map(({ declaredAt }) => declaredAt)).toEqual([5]);
    });

    test('queue by urgency in the communities asked for, and page without a gap', async () => {
      const { hangzhou } = await open();
      const places = ['330106001007', '330106001008', '330106002001', '330108001001'];
      for (const [n, place] of places.entries()) {
        await declared(hangzhou, `h${n}`);
        const community = communityIdSchema.parse(place);
        await hangzhou.submitApplication(`${n}`, `h${n}`, () =>
          ok(step({ community, decideBy: at(n % 2 === 0 ? HOUR : 0) })),
        );
      }
      const queue = async (stems: string[], after?: { decideBy: number; id: string }) =>
        (await hangzhou.queue(stems, after, 2)).map(({ id }) => id);
      expect(await queue(['330106'])).toEqual(['1', '0']);
      expect(await queue(['330106'], { decideBy: at(HOUR), id: '0' })).toEqual(['2']);
      expect(await queue(['330106001007', '330108'])).toEqual(['3', '0']);
      expect(await queue([])).toEqual([]);
      expect(await queue(['3301060010071'])).toEqual([]);
      await hangzhou.moveApplication('1', () =>
        ok(step({ state: 'asked-for-more', decideBy: null })),
      );
      expect(await queue(['330106'])).toEqual(['0', '2']);
    });
  });
}

function appealSuite(open: () => Promise<StoreUnderTest>): void {
  const appeal = (changes: Partial<AppealRow> = {}): AppealRow => ({
    ...{ id: 'p', holder: 'a', division: '330106001007', state: 'open', madeAt: NOW },
    against: { kind: 'application', id: '1' },
    ...{ reason: 'refusal-unfounded', evidence: { reference: 'LEASE-1', sha256: SHA } },
    ...{ decideBy: at(DAY), escalatedAt: null, decidedAt: null, decidedBy: null },
    disputed: ['li', 'zhao'],
    ...changes,
  });
  const refusedApplication = {
    state: 'refused',
    refusedFor: 'not-resident',
    by: { kind: 'staff', name: 'li' },
  } as const;

  describe('appeals', () => {
    test('stand once against one decision, and move it in the same transaction', async () => {
      const { hangzhou } = await open();
      await declared(hangzhou, 'a');
      await hangzhou.submitApplication('1', 'a', () => ok(step(refusedApplication)));
      expect(await hangzhou.addAppeal(appeal(), at(DAY))).toBe(true);
      expect(await hangzhou.addAppeal(appeal({ id: 'q' }), at(DAY))).toBe(false);
      expect(await hangzhou.appeal('p')).toEqual(appeal());
      expect(await hangzhou.dueAppeals(at(DAY), 9)).toEqual(['p']);
      expect(await hangzhou.openAppeals(['3301'], undefined, 9)).toEqual([appeal()]);
      expect(await hangzhou.openAppeals(['3302'], undefined, 9)).toEqual([]);
      const issued = { state: 'issued', by: { kind: 'staff', name: 'wang' } } as const;
      const decided = { state: 'upheld', decidedAt: NOW, decidedBy: 'wang' } as const;
      const moved = await hangzhou.moveAppeal('p', (row, { application: against }) => {
        expect(against?.id).toBe('1');
        return ok({ appeal: { ...row, ...decided }, dueAt: null, application: step(issued) });
      });
      expect(moved).toEqual(ok(appeal(decided)));
      expect(await hangzhou.application('1')).toMatchObject(issued);
      expect(await hangzhou.appealsOf('a', 9)).toEqual([appeal(decided)]);
      expect(await hangzhou.dueAppeals(at(DAY), 9)).toEqual([]);
      expect(await hangzhou.moveAppeal('x', () => refuse('appeal-closed'))).toBeUndefined();
      expect(await hangzhou.addAppeal(appeal({ id: 'q' }), null)).toBe(true);
    });

    test('that are refused change nothing; one against a colour set by hand lifts it', async () => {
      const { hangzhou } = await open();
      await declared(hangzhou, 'a');
      await hangzhou.proposeOverride('o', 'a', NOW, () => value(override()));
      await approve(hangzhou, 'o');
      await hangzhou.addAppeal(appeal({ against: { kind: 'override', id: 'o' } }), null);
      await hangzhou.moveAppeal('p', () => refuse('appeal-own-decision'));
      expect((await hangzhou.appeal('p'))?.state).toBe('open');
      await hangzhou.moveAppeal('p', (row, { override: against }) => {
        if (!against) throw new Error('nothing there');
        const lifted = { ...against, liftedAt: NOW, liftedBy: 'wang' };
        const upheld = { state: 'upheld', decidedAt: NOW, decidedBy: 'wang' } as const;
        return ok({ appeal: { ...row, ...upheld }, dueAt: null, override: lifted });
      });
      expect((await hangzhou.override('o'))?.liftedBy).toBe('wang');
      expect(await seen(hangzhou, 'a')).toMatchObject({ overrides: [] });
    });
  });
}

function overrideSuite(open: () => Promise<StoreUnderTest>): void {
  describe('colours set by hand', () => {
    test('bear on a colour only once two people stand behind them, and no more when lifted', async () => {
      const { hangzhou, ningbo } = await open();
      await declared(hangzhou, 'a');
      const made = await hangzhou.proposeOverride('o', 'a', NOW, (_view, evidence) => {
        expect(evidence?.declaration.division).toBe(HANGZHOU);
        return value(override());
      });
      expect(made).toEqual({ ok: true, value: { ...override(), id: 'o' } });
      expect(await seen(hangzhou, 'a')).toMatchObject({ overrides: [] });
      expect(await hangzhou.notices('a', 9)).toEqual([]);
      expect(await approve(ningbo, 'o')).toBeUndefined();
      expect(await approve(hangzhou, 'o')).toMatchObject({ ok: true, value: { approved: true } });
      expect(await hangzhou.due(epochMs(0), 9)).toEqual(['a']);
      const standing = {
        id: 'o',
        colour: 'red',
        reason: 'test-positive',
        expiresAt: at(7 * DAY),
      };
      expect(await seen(hangzhou, 'a')).toMatchObject({ overrides: [standing] });
      const { id: _id, ...told } = standing;
      expect(await hangzhou.notices('a', 9)).toEqual([{ override: 'o', at: NOW, ...told }]);
      await hangzhou.liftOverride('o', (row) => ok({ ...row, liftedAt: NOW, liftedBy: 'zhao' }));
      expect(await seen(hangzhou, 'a')).toMatchObject({ overrides: [] });
      expect(await hangzhou.liftOverride('x', () => refuse('override-closed'))).toBeUndefined();
    });

    test('are refused by the database itself when the program would let one person do it', async () => {
      const { hangzhou } = await open();
      await declared(hangzhou, 'a');
      const propose = (id: string, one: Override) =>
        hangzhou.proposeOverride(id, 'a', NOW, () => value(one));
      const answered = { answeredAt: NOW, answeredBy: 'qian', approved: true };
      await expect(propose('o', override(answered))).rejects.toThrow();
      await expect(propose('o', override({ expiresAt: at(15 * DAY) }))).rejects.toThrow();
      await propose('o', override());
      await expect(approve(hangzhou, 'o', 'zhao')).rejects.toThrow();
      expect(await hangzhou.override('o')).toEqual({ ...override(), id: 'o' });
    });

    test('show the guard what was done in the last day, and whose alarms stand; a refused act leaves an alarm', async () => {
      const { hangzhou } = await open();
      await declared(hangzhou, 'a');
      for (const [n, hours] of [0, 20, 30].entries()) {
        const proposedAt = at(hours * HOUR);
        await hangzhou.proposeOverride(`o${n}`, 'a', proposedAt, () =>
          value(override({ proposedAt, expiresAt: at(3 * DAY) })),
        );
      }
      await approve(hangzhou, 'o0', 'qian', at(21 * HOUR));
      const alarm = { kind: 'pair-rate', people: ['qian', 'zhao'], count: 11, limit: 10 } as const;
      const refusal = { ok: false, code: 'override-bulk', alarm } as const;
      const refusedOne = await hangzhou.proposeOverride(
        'x',
        'a',
        at(30 * HOUR),
        ({ past, suspended }) => {
          const acts = past.map(({ kind, by, at: when }) => [kind, by, (when - NOW) / HOUR]);
          expect(acts.sort()).toEqual([
            ['approve', 'qian', 21],
            ['propose', 'zhao', 20],
            ['propose', 'zhao', 30],
          ]);
          expect(suspended).toEqual([]);
          return refusal;
        },
      );
      expect(refusedOne).toEqual(refusal);
      expect(await hangzhou.override('x')).toBeUndefined();
      expect(await hangzhou.alarms(9)).toMatchObject([{ id: 'x', ...alarm, clearedBy: null }]);
      await hangzhou.answerOverride('o1', at(30 * HOUR), (_row, { suspended }) => {
        expect([...suspended].sort()).toEqual(['qian', 'zhao']);
        return { ok: false, code: 'override-suspended', alarm: null };
      });
      expect(await hangzhou.clearAlarm('x', 'zhao', NOW)).toEqual(refuse('second-person-needed'));
      expect(await hangzhou.clearAlarm('x', 'li', NOW)).toMatchObject({ ok: true });
      expect(await hangzhou.clearAlarm('x', 'li', NOW)).toBeUndefined();
      const page = await hangzhou.overrides({ decideBy: at(30 * HOUR), id: 'o2' }, 9);
      expect(page.map(({ id }) => id)).toEqual(['o1', 'o0']);
    });

    test('come one after the other: of twenty at once no two see the same count', async () => {
      const { hangzhou } = await open();
      await declared(hangzhou, 'a');
      const counts: number[] = [];
      await Promise.all(
        Array.from({ length: 20 }, (_, n) =>
          hangzhou.proposeOverride(`o${n}`, 'a', NOW, ({ past }) => {
            counts.push(past.length);
            return value(override());
          }),
        ),
      );
      expect((await hangzhou.overrides(undefined, 99)).length).toBe(20);
      expect([...new Set(counts)].length).toBe(20);
    });
  });
}
