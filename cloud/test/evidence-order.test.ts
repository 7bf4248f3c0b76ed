import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  gatewayIdSchema,
  laneIdSchema,
  regionIdSchema,
  replicaKeySchema,
} from '@greengate/contracts/ids';
import { nationalPack } from '@greengate/contracts/rules/packs/national';
import { type EpochMs, epochMs } from '@greengate/contracts/time';
import type { Declaration } from '@greengate/contracts/wire/holder';
import fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import { chinaDay } from '../src/china-day.ts';
import { nodeCrypto } from '../src/crypto.ts';
import { keysOf, newKeyFile } from '../src/keys.ts';
import { promMetrics } from '../src/metrics.ts';
import { compiledOf } from '../src/pack-source.ts';
import type { Store } from '../src/ports.ts';
import { pseudonymEpochAt } from '../src/publish/pseudonym.ts';
import { makeStatuses, type Statuses } from '../src/status.ts';
import { openDatabase } from '../src/store/store.ts';
import { postgresForTests } from './postgres.ts';
import { random } from './running-cloud.ts';
import { bytes, declaration, HANGZHOU, holder, NOW } from './store/fixtures.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** One person, of whom evidence comes, where nobody else lives or travels. */
interface Person {
  readonly id: string;
  readonly store: Store;
  readonly lives: Declaration['division'];
  readonly travels: Declaration['division'];
  /** Runs something of the statuses at another time than now. */
  at(time: EpochMs, work: (statuses: Statuses) => Promise<unknown>): Promise<void>;
}

/** Brings one piece of evidence, whenever it comes. */
type Piece = (person: Person) => Promise<unknown>;

const instant = fc.integer({ min: 1, max: 20 * 24 }).map((hours) => epochMs(NOW - hours * HOUR));
const day = instant.map(chinaDay);
const symptoms = fc.record({ fever: fc.boolean(), dryCough: fc.boolean(), fatigue: fc.boolean() });
const temperatureCentiC = fc.constantFrom(null, 3650, 3730, 3800);
const colour = fc.constantFrom('green', 'yellow', 'red', 'pending');
const level = fc.constantFrom('low', 'medium', 'high');
const kind = fc.constantFrom(...(['confirmed', 'close-contact', 'returnee', 'released'] as const));

const declared = fc
  .record({ at: instant, symptoms, temperatureCentiC, contactOfCase: fc.boolean() })
  .map(({ at, ...said }) => ({
    name: at,
    bring: ({ id, lives, at: when }: Person) =>
      when(at, (statuses) => statuses.declare(id, { ...declaration, ...said, division: lives })),
  }));

const listed = fc.record({ kind, since: day }).map(({ kind: list, since }) => ({
  name: `${list} ${since}`,
  bring: ({ id, store }: Person) => store.addListings(list, [{ idHash: bytes(`id-${id}`), since }]),
}));

const reported = fc.record({ at: instant, symptoms, temperatureCentiC }).map((report) => ({
  name: report.at,
  bring: ({ id, store }: Person) => store.addReport(id, { day: chinaDay(report.at), ...report }),
}));

const travelled = day.map((leftOn) => ({
  name: leftOn,
  bring: ({ id, store, travels }: Person) =>
    store.addJourneys([{ idHash: bytes(`id-${id}`), mode: 'rail', division: travels, leftOn }]),
}));

const risky = fc.record({ level, from: day, here: fc.boolean(), days: fc.nat(20) }).map((risk) => ({
  name: `${risk.here} ${risk.from}`,
  bring: ({ store, lives, travels }: Person) => {
    const until = chinaDay(epochMs(Date.parse(risk.from) + risk.days * DAY));
    const division = risk.here ? lives : travels;
    return store.addAreas([{ division, level: risk.level, from: risk.from, until }]);
  },
}));

const known = fc
  .record({ of: fc.constantFrom('110000', '310000'), colour, since: instant })
  .map(({ of, ...status }) => ({
    name: `${of} ${status.since}`,
    bring: ({ id, store }: Person) => {
      const entry = { ...status, region: regionIdSchema.parse(of), validUntil: epochMs(NOW + DAY) };
      return store.addElsewhere([{ ...entry, idHash: bytes(`id-${id}`) }]);
    },
  }));

const feverish = instant.map((at) => ({
  name: at,
  bring: async ({ id, store }: Person) => {
    const sub = await store.pseudonym(id, pseudonymEpochAt(NOW));
    const key = replicaKeySchema.parse(Buffer.from(sub ?? []).toString('hex', 0, 8));
    const fever = { key, at, policyVer: 1, lane: laneIdSchema.parse('lane-1') };
    const event = { seq: 1, payload: bytes('p'), hash: bytes('h'), poison: false, fever };
    // A journal is numbered without a hole; each of these events is the first of a journal epoch of its own.
    return store.appendPassages(gatewayIdSchema.parse(`gate-${id}`), at, [event], NOW);
  },
}));

interface Named {
  readonly name: unknown;
  readonly bring: Piece;
}

/** What says another thing of the same day, area or instant is a correction and no new evidence: it is left out. */
const someOf = (piece: fc.Arbitrary<Named>, maxLength: number) =>
  fc.uniqueArray(piece, { maxLength, selector: ({ name }) => name });

const pieces = fc
  .tuple(
    ...[someOf(declared, 2), someOf(listed, 4), someOf(reported, 4), someOf(travelled, 2)],
    ...[someOf(risky, 3), someOf(known, 3), someOf(feverish, 2)],
  )
  .map((kinds) => kinds.flat().map(({ bring }) => bring));

const inTwoOrders = pieces.chain((list) => {
  const shuffled = fc.shuffledSubarray(list, { minLength: list.length, maxLength: list.length });
  return fc.tuple(shuffled, shuffled);
});

/** A store with everything that scores over it. `bring` is a person's whole story, and what they are told in the end. */
function scoring(store: Store) {
  let now = NOW;
  let people = 0;
  const compiled = compiledOf(nationalPack, nodeCrypto.sha256);
  const statuses = makeStatuses({
    store,
    clock: { now: () => now },
    timers: {
      after: (_ms, callback) => {
        const turn = setImmediate(callback);
        return () => clearImmediate(turn);
      },
    },
    keys: keysOf(newKeyFile(HANGZHOU, 'demo', random)),
    packs: {
      install: async () => undefined,
      prepare: async () => undefined,
      compiledFor: () => compiled,
      withEditions: (work) => work(),
      pack: async () => nationalPack,
    },
    metrics: promMetrics({ process: false }),
    published: () => undefined,
  });
  const division = (n: number) => regionIdSchema.parse(String(n).padStart(6, '4'));
  return async (story: readonly Piece[]) => {
    people += 1;
    const person: Person = {
      id: `p${people}`,
      store,
      lives: division(2 * people),
      travels: division(2 * people + 1),
      at: async (time, work) => {
        now = time;
        await work(statuses);
        now = NOW;
      },
    };
    await store.addHolder(holder(person.id), NOW);
    const first = epochMs(NOW - 30 * DAY);
    const early = { ...declaration, division: person.lives };
    await person.at(first, () => statuses.declare(person.id, early));
    await statuses.rescore([person.id]);
    for (const piece of story) {
      await piece(person);
      while ((await statuses.rescoreDue()) > 0);
    }
    // Whoever was scored last at a time before now is not looked at again until something changes: here it must be.
    await statuses.rescore([person.id]);
    const held = await store.status(person.id);
    const { colour: shown, nextColour, validUntil, inputsHash, matched } = held ?? {};
    return { shown, nextColour, validUntil, inputsHash, rules: matched?.map(({ rule }) => rule) };
  };
}

async function expectOneVerdict(url: string, numRuns: number): Promise<void> {
  const database = await openDatabase(url);
  onTestFinished(() => database.close());
  const bring = scoring(database.forRegion(HANGZHOU));
  const seen = new Set<unknown>();
  await fc.assert(
    fc.asyncProperty(inTwoOrders, async ([one, other]) => {
      const verdict = await bring(one);
      seen.add(verdict.shown);
      expect(await bring(other)).toEqual(verdict);
    }),
    { numRuns },
  );
  expect(seen.size).toBeGreaterThan(1);
}

const postgres = await postgresForTests();

test('P57 the order in which evidence comes changes neither the colour nor its grounds', {
  timeout: 120_000,
}, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'greengate-order-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  await expectOneVerdict(`file:${join(folder, 'store.db')}`, 25);
});

test.runIf(postgres !== undefined)('P57 nor on PostgreSQL', { timeout: 120_000 }, async () =>
  expectOneVerdict((await postgres?.newDatabase()) ?? '', 6),
);
