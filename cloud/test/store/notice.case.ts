import {
  gatewayIdSchema,
  laneIdSchema,
  replicaKeySchema,
  unitIdSchema,
} from '@greengate/contracts/ids';
import { starterPack } from '@greengate/contracts/rules/packs/starter';
import type { ReportTo } from '@greengate/contracts/rules/report';
import { type EpochMs, epochMs } from '@greengate/contracts/time';
import { describe, expect, test } from 'vitest';
import type { NoticeTarget } from '../../src/notice-port.ts';
import type { Decide, Status, Store } from '../../src/ports.ts';
import { publicationOf, reported } from '../../src/publish/publication.ts';
import {
  bytes,
  declaration,
  declared,
  green,
  HANGZHOU,
  NOW,
  rule,
  type StoreUnderTest,
  status,
} from './fixtures.ts';

const GATE = gatewayIdSchema.parse('gate-1');
const LANE = laneIdSchema.parse('lane-1');
const later = (ms: number): EpochMs => epochMs(NOW + ms);

const target = (name: string, recipient: ReportTo, place: string): NoticeTarget => ({
  ...{ target: name, recipient, place, channel: 'webhook', sealed: bytes('sealed address') },
});

const [anyRule] = starterPack.rules;
if (!anyRule) throw new Error('no rules');
const tells = (to: readonly ReportTo[]) => ({ ...anyRule, id: 'r', report: [...to] });

/** Judges as the main path does, so that turning red is what it is there. */
function turns(
  colour: Status['colour'],
  at: EpochMs = NOW,
  to: readonly ReportTo[] = ['community'],
): Decide {
  return ({ declaration: { unit } }, held) => {
    const verdict = { ...status(colour), scoredAt: at, validUntil: epochMs(at + 60_000) };
    const scored = {
      status: verdict,
      record: () => ({ inputs: '{}', verdictHash: `${at}` }),
      overlaid: '',
    };
    return reported(
      publicationOf(scored, held),
      held,
      { ...starterPack, rules: [tells(to)] },
      unit,
    );
  };
}

const claim = (store: Store, at = NOW, count = 100, owner = 'one') =>
  store.claimNotices(owner, at, epochMs(at + 1000), count);

/** What gates know a holder by, in the pseudonyms' epoch 1. */
async function keyOf(store: Store, holder: string): Promise<string> {
  return Buffer.from((await store.pseudonym(holder, 1)) ?? [])
    .toString('hex')
    .slice(0, 16);
}

const fever = (seq: number, of: string | null) => ({
  ...{ seq, payload: bytes(`event ${seq}`), hash: bytes(`hash ${seq}`), poison: false },
  fever: {
    key: of === null ? null : replicaKeySchema.parse(of),
    lane: LANE,
    at: later(-5000),
    policyVer: 1,
  },
});

/** What every engine must do of notices. */
export function noticeSuite(open: () => Promise<StoreUnderTest>): void {
  routeSuite(open);
  outboxSuite(open);
  holderNoticeSuite(open);
}

function routeSuite(open: () => Promise<StoreUnderTest>): void {
  describe('who is told', () => {
    test('one notice for turning red, none for staying so, and one for turning red again', async () => {
      const { hangzhou, ningbo } = await open();
      for (const store of [hangzhou, ningbo]) {
        await store.putNoticeTarget(target('office', 'community', '330100'), NOW);
      }
      await declared(hangzhou, 'a', 'b');
      const count = async () => (await hangzhou.noticesIn('due', undefined, 100)).length;
      await hangzhou.rescore(['a', 'b'], turns('green'), rule(1));
      expect(await count()).toBe(0);
      await hangzhou.rescore(['a'], turns('red', later(1)), rule(1));
      await hangzhou.rescore(['a'], turns('red', later(2)), rule(1));
      await hangzhou.rescore(['a'], turns('red', later(3)), rule(2));
      expect(await count()).toBe(1);
      await hangzhou.rescore(['a'], turns('green', later(4)), rule(1));
      await hangzhou.rescore(['a', 'b'], turns('red', later(5)), rule(1));
      expect(await count()).toBe(3);
      expect(await ningbo.noticesIn('due', undefined, 100)).toEqual([]);
      const [first] = await hangzhou.noticesIn('due', undefined, 1);
      expect(first).toMatchObject({
        ...{ recipient: 'community', target: 'office', holder: 'a', division: HANGZHOU },
        ...{ at: later(1), dueAt: later(1), attempts: 0, state: 'due', failure: undefined },
        body: { about: 'red', nextColour: 'yellow', reasons: [{ rule: 'r', reason: 'r' }] },
      });
    });

    test('a red that fails to be written tells nobody', async () => {
      const { hangzhou } = await open();
      await hangzhou.putNoticeTarget(target('office', 'community', '330100'), NOW);
      await declared(hangzhou, 'a', 'b');
      const trap: Decide = (evidence, held) => {
        if (evidence.holder === 'b') throw new Error('a bug');
        return turns('red')(evidence, held);
      };
      await expect(hangzhou.rescore(['a', 'b'], trap, rule(1))).rejects.toThrow('a bug');
      expect(await hangzhou.noticesIn('due', undefined, 9)).toEqual([]);
      expect(await hangzhou.holderNotices('a', undefined, 9)).toEqual([]);
    });

    test('all targets of the nearest division are told, and no farther one', async () => {
      const { hangzhou } = await open();
      for (const one of [
        target('city-1', 'community', '330100'),
        target('city-2', 'community', '330100'),
        target('province', 'community', '330000'),
        target('elsewhere', 'community', '330200'),
        target('factory', 'unit', '330100'),
        target('cdc', 'disease-control', '330000'),
      ]) {
        await hangzhou.putNoticeTarget(one, NOW);
      }
      await declared(hangzhou, 'a');
      const all = ['community', 'unit', 'disease-control'] as const;
      await hangzhou.rescore(['a'], turns('red', NOW, all), rule(1));
      const found = await hangzhou.noticesIn('due', undefined, 9);
      expect(found.map((one) => [one.target, one.recipient]).sort()).toEqual([
        ['cdc', 'disease-control'],
        ['city-1', 'community'],
        ['city-2', 'community'],
      ]);
    });

    test('the unit of the newest declaration is told of a red and of a fever, whatever was declared before', async () => {
      const { hangzhou, ningbo } = await open();
      for (const name of ['mill', 'school']) {
        await hangzhou.putNoticeTarget(target(`${name}-office`, 'unit', name), NOW);
        await ningbo.putNoticeTarget(target(`${name}-office`, 'unit', name), NOW);
      }
      await hangzhou.putNoticeTarget(target('city', 'community', '330100'), NOW);
      await declared(hangzhou, 'a', 'b');
      for (const [at, name] of [
        [1, 'school'],
        [2, 'mill'],
      ] as const) {
        const unit = unitIdSchema.parse(name);
        await hangzhou.declare('a', { ...declaration, unit }, later(at), green, rule(1));
      }
      await hangzhou.rescore(['b'], turns('green'), rule(1));
      const keys = await Promise.all(['a', 'b'].map((id) => keyOf(hangzhou, id)));
      const fevers = keys.map((key, i) => fever(i + 1, key));
      await hangzhou.appendPassages(GATE, 1, fevers, later(3));
      await hangzhou.rescore(['a', 'b'], turns('red', later(4), ['community', 'unit']), rule(1));
      const found = await hangzhou.noticesIn('due', undefined, 9);
      expect(found.map((one) => [one.body.about, one.holder, one.target]).sort()).toEqual([
        ['fever', 'a', 'city'],
        ['fever', 'a', 'mill-office'],
        ['fever', 'b', 'city'],
        ['red', 'a', 'city'],
        ['red', 'a', 'mill-office'],
        ['red', 'b', 'city'],
      ]);
      expect(await hangzhou.noticesIn('dead', undefined, 9)).toEqual([]);
      expect(await ningbo.noticesIn('due', undefined, 9)).toEqual([]);
    });

    test('what nobody is there for is dead, until somebody is', async () => {
      const { hangzhou } = await open();
      await declared(hangzhou, 'a');
      await hangzhou.rescore(['a'], turns('red'), rule(1));
      const [dead] = await hangzhou.noticesIn('dead', undefined, 9);
      expect(dead).toMatchObject({ target: undefined, failure: 'no-target' });
      expect(await hangzhou.noticeQueue()).toEqual({ oldestDueAt: undefined, dead: 1 });
      const again = () => hangzhou.retryNotice(dead?.notice ?? '', later(5));
      expect(await again()).toEqual([]);
      await hangzhou.putNoticeTarget(target('office-1', 'community', '330100'), NOW);
      await hangzhou.putNoticeTarget(target('office-2', 'community', '330100'), NOW);
      expect(await again()).toHaveLength(2);
      expect(await again()).toBeUndefined();
      expect(await hangzhou.noticeQueue()).toEqual({ oldestDueAt: later(5), dead: 0 });
      expect(
        (await hangzhou.noticesIn('due', undefined, 9)).map((one) => one.target).sort(),
      ).toEqual(['office-1', 'office-2']);
    });

    test('targets are replaced by name, listed by page, and dropped once', async () => {
      const { hangzhou, ningbo } = await open();
      for (const name of ['c', 'a', 'b']) {
        await hangzhou.putNoticeTarget(target(name, 'community', '330100'), NOW);
      }
      await hangzhou.putNoticeTarget(target('a', 'disease-control', '330000'), NOW);
      expect(await hangzhou.noticeTargets(undefined, 2)).toMatchObject([
        { target: 'a', recipient: 'disease-control', place: '330000' },
        { target: 'b' },
      ]);
      expect(await hangzhou.noticeTargets('b', 2)).toMatchObject([{ target: 'c' }]);
      expect(await ningbo.noticeTargets(undefined, 9)).toEqual([]);
      expect(await ningbo.dropNoticeTarget('a')).toBe(false);
      expect(await hangzhou.dropNoticeTarget('a')).toBe(true);
      expect(await hangzhou.dropNoticeTarget('a')).toBe(false);
    });
  });
}

async function reds(store: Store, count: number): Promise<void> {
  const ids = Array.from({ length: count }, (_, i) => `h${i}`);
  await store.putNoticeTarget(target('office', 'community', '330100'), NOW);
  await declared(store, ...ids);
  await store.rescore(ids, turns('red'), rule(1));
}

function outboxSuite(open: () => Promise<StoreUnderTest>): void {
  describe('the outbox', () => {
    test('no two senders get one notice at a time', async () => {
      const { hangzhou } = await open();
      await reds(hangzhou, 40);
      const claims = await Promise.all(
        Array.from({ length: 8 }, (_, i) => claim(hangzhou, NOW, 10, `sender-${i}`)),
      );
      const ids = claims.flat().map(({ notice }) => notice);
      expect(new Set(ids).size).toBe(ids.length);
      const rest = await claim(hangzhou, NOW, 100, 'last');
      expect(ids.length + rest.length).toBe(40);
      expect(await claim(hangzhou, later(999))).toEqual([]);
    });

    test('a lease that is over gives the notice to another, and the first can conclude it no more', async () => {
      const { hangzhou } = await open();
      await reds(hangzhou, 1);
      const [lost] = await claim(hangzhou);
      const [taken] = await claim(hangzhou, later(1000), 1, 'two');
      if (!lost || !taken) throw new Error('nothing was claimed');
      expect(taken).toMatchObject({ notice: lost.notice, attempts: 2, to: { target: 'office' } });
      expect(await hangzhou.noticeSent(lost, later(1001))).toBe(false);
      expect(await hangzhou.noticeFailed(lost, 'refused', later(1001), undefined)).toBe(false);
      expect(await hangzhou.noticeSent(taken, later(1002))).toBe(true);
      expect(await claim(hangzhou, later(9999))).toEqual([]);
      const sent = await hangzhou.noticesIn('sent', undefined, 9);
      expect(sent).toMatchObject([{ state: 'sent', dueAt: later(1002), attempts: 2 }]);
    });

    test('a failure waits for its time, and a dead one for an operator', async () => {
      const { hangzhou } = await open();
      await reds(hangzhou, 1);
      const [first] = await claim(hangzhou);
      if (!first) throw new Error('nothing was claimed');
      await hangzhou.noticeFailed(first, 'refused', NOW, later(5000));
      expect(await claim(hangzhou, later(4999))).toEqual([]);
      const [second] = await claim(hangzhou, later(5000));
      if (!second) throw new Error('nothing was claimed');
      expect(second).toMatchObject({ attempts: 2, failure: 'refused' });
      await hangzhou.noticeFailed(second, 'timed-out', later(5001), undefined);
      expect(await claim(hangzhou, later(99_999))).toEqual([]);
      expect(await hangzhou.noticesIn('dead', undefined, 9)).toMatchObject([
        { failure: 'timed-out', attempts: 2, dueAt: later(5001) },
      ]);
      expect(await hangzhou.retryNotice(first.notice, later(6000))).toEqual([first.notice]);
      expect(await hangzhou.retryNotice(first.notice, later(6000))).toBeUndefined();
      expect(await claim(hangzhou, later(6000))).toMatchObject([{ attempts: 1 }]);
    });

    test('a target that is gone is none', async () => {
      const { hangzhou } = await open();
      await reds(hangzhou, 1);
      await hangzhou.dropNoticeTarget('office');
      expect(await claim(hangzhou)).toMatchObject([{ target: 'office', to: undefined }]);
    });

    test('is read page by page in the order of what is due', async () => {
      const { hangzhou } = await open();
      await reds(hangzhou, 7);
      const seen: string[] = [];
      for (let at: { at: number; notice: string } | undefined; ; ) {
        const page = await hangzhou.noticesIn('due', at, 3);
        seen.push(...page.map(({ notice }) => notice));
        const last = page.at(-1);
        if (!last) break;
        at = { at: last.dueAt, notice: last.notice };
      }
      expect(new Set(seen).size).toBe(7);
      expect(seen).toHaveLength(7);
    });

    test('a fever at a gate is told once, however often its batch is sent', async () => {
      const { hangzhou } = await open();
      await reds(hangzhou, 0);
      await declared(hangzhou, 'a');
      await hangzhou.rescore(['a'], turns('green'), rule(1));
      const key = await keyOf(hangzhou, 'a');
      const batch = [fever(1, key), fever(2, null), fever(3, 'ffffffffffffffff')];
      await hangzhou.appendPassages(GATE, 1, batch, NOW);
      await hangzhou.appendPassages(GATE, 1, batch, later(1));
      const found = await hangzhou.noticesIn('due', undefined, 9);
      expect(found.map(({ holder }) => holder).sort()).toEqual(['a', undefined, undefined]);
      expect(found[0]).toMatchObject({
        ...{ recipient: 'community', division: HANGZHOU, at: later(-5000), dueAt: NOW },
        body: { about: 'fever', gateway: GATE, lane: LANE },
      });
    });
  });
}

function holderNoticeSuite(open: () => Promise<StoreUnderTest>): void {
  describe('what a holder is told', () => {
    test('is theirs alone, the newest first, page by page, and is never sent', async () => {
      const { hangzhou, ningbo } = await open();
      await declared(hangzhou, 'a', 'b');
      for (const at of [10, 20, 30]) {
        await hangzhou.rescore(['a'], turns('red', later(at)), rule(1));
        await hangzhou.rescore(['a'], turns('green', later(at + 1)), rule(1));
      }
      const page = await hangzhou.holderNotices('a', undefined, 2);
      expect(page.map(({ at }) => at)).toEqual([later(30), later(20)]);
      expect(page[0]).toMatchObject({
        about: 'red',
        reasons: [{ reason: 'r', zh: '因', en: 'why' }],
      });
      const rest = await hangzhou.holderNotices('a', page[1], 2);
      expect(rest.map(({ at }) => at)).toEqual([later(10)]);
      expect(await hangzhou.holderNotices('b', undefined, 9)).toEqual([]);
      expect(await ningbo.holderNotices('a', undefined, 9)).toEqual([]);
      expect(await claim(hangzhou, later(99))).toEqual([]);
    });
  });
}
