import { readFileSync } from 'node:fs';
import { encodeCbor } from '@greengate/contracts/cbor';
import { encodeBase45 } from '@greengate/contracts/code/base45';
import { claimsToMap } from '@greengate/contracts/code/claims';
import { signCose } from '@greengate/contracts/code/cose';
import { mintToken, presentToken } from '@greengate/contracts/code/health-code';
import { stepAt } from '@greengate/contracts/code/holder-proof';
import type { ReasonCode } from '@greengate/contracts/refusals';
import type { StatusEntry } from '@greengate/contracts/replica/status-entry';
import { RED } from '@greengate/contracts/replica/streams';
import { refuse } from '@greengate/contracts/result';
import type { Rung, TemperatureFact, Verdict } from '@greengate/contracts/rules/admit';
import type { AdmissionPolicy } from '@greengate/contracts/rules/policy';
import { type EpochMs, epochMs } from '@greengate/contracts/time';
import { describe, expect, test } from 'vitest';
import { journalWaitMsMax, keptRetryMs } from '../src/limits.ts';
import { openJournalStore } from '../src/store/journal-store.ts';
import {
  ABROAD,
  abroadKey,
  codeAt,
  crypto,
  DAY,
  expiredKey,
  type Holder,
  issuerKey,
  NOW,
  newHolder,
  replicaKey,
  strangerKey,
  withoutProof,
} from './fixtures/codes.ts';
import { newPhone } from './fixtures/keys.ts';
import { entry, must, noPause, REGION, statusSegment } from './fixtures/replica.ts';
import { fakeJournal, LANE_2, type Station, station } from './fixtures/station.ts';
import { tempFile } from './fixtures/temp-folder.ts';
import { settle } from './fixtures/virtual-time.ts';

const later = (ms: number): EpochMs => epochMs(NOW + ms);
const LONG = 10 * DAY;

async function publish(
  { store, view }: Station,
  holder: Holder,
  fields: Partial<StatusEntry>,
  stream = REGION,
): Promise<void> {
  const from = store.mark(stream)?.cursor ?? 0;
  const rows = [entry(from + 1, holder.key, fields)];
  const segment = statusSegment(stream, { from, to: from + 1, signedAt: NOW }, rows);
  must(await store.offerSegment(stream, segment, undefined, noPause));
  view.refresh();
}

interface Case {
  readonly policy?: Partial<AdmissionPolicy> | null;
  /** When the person comes; the replica is as of NOW. */
  readonly start?: EpochMs;
  readonly before?: (station: Station, holder: Holder) => Promise<void> | void;
  readonly holder?: () => Holder;
  readonly text?: (holder: Holder, start: EpochMs) => string;
  readonly temperature?: TemperatureFact;
  readonly expected: [Verdict, ReasonCode, Rung];
}

const green = (at: Station, holder: Holder) => publish(at, holder, {});
const longHeld = () => newHolder({ expiresAt: later(LONG), issuedAt: NOW });

const cases: Record<string, Case> = {
  'green in the replica': { before: green, expected: ['admit', 'status-green', 'replica'] },
  'yellow in the replica': {
    before: (at, holder) => publish(at, holder, { colour: 'yellow' }),
    expected: ['refuse', 'status-yellow', 'replica'],
  },
  'yellow where policy refers': {
    policy: { yellow: 'refer' },
    before: (at, holder) => publish(at, holder, { colour: 'yellow' }),
    expected: ['refer', 'status-yellow', 'replica'],
  },
  'a green whose time is over': {
    before: (at, holder) => publish(at, holder, { validUntil: NOW }),
    expected: ['refuse', 'status-lapsed', 'replica'],
  },
  'red in the replica, green in the code: the cache wins': {
    before: (at, holder) => publish(at, holder, { colour: 'red' }),
    expected: ['refuse', 'status-red', 'replica'],
  },
  'red in the priority stream, green in the replica': {
    before: async (at, holder) => {
      await green(at, holder);
      await publish(at, holder, { colour: 'red' }, RED);
    },
    expected: ['refuse', 'status-red', 'red'],
  },
  pending: {
    before: (at, holder) => publish(at, holder, { colour: 'pending' }),
    expected: ['refer', 'status-pending', 'replica'],
  },
  'not in the replica, minted today': { expected: ['admit', 'status-green', 'code-colour'] },
  'not in the replica, minted red': {
    holder: () => newHolder({ colour: 'red' }),
    expected: ['refuse', 'status-red', 'code-colour'],
  },
  'not in the replica, minted too long ago': {
    holder: () => newHolder({ issuedAt: later(-2 * DAY) }),
    expected: ['refer', 'status-unknown', 'attendant'],
  },
  'not in the replica where codes are never believed': {
    policy: { codeColourSecondsMax: 0 },
    expected: ['refer', 'status-unknown', 'attendant'],
  },
  'do not check': {
    policy: { mode: 'do-not-check' },
    text: () => 'anything',
    expected: ['admit', 'not-checked', 'policy'],
  },

  'T1 forged by a stranger under a known key id': {
    text: (holder) => {
      const forger = { ...strangerKey, keyId: issuerKey.keyId };
      return codeAt(holder, NOW, forger);
    },
    expected: ['refuse', 'code-signature-invalid', 'code'],
  },
  'T2 key unknown': {
    text: (holder) => codeAt(holder, NOW, strangerKey),
    expected: ['refuse', 'code-key-unknown', 'code'],
  },
  'T2 key of another purpose': {
    text: (holder) => codeAt(holder, NOW, replicaKey),
    expected: ['refuse', 'code-key-purpose', 'code'],
  },
  'T2 another algorithm in the header': {
    text: (holder) => `GC1:${encodeBase45(withAlgorithm(holder, -7))}`,
    expected: ['refuse', 'code-algorithm-refused', 'code'],
  },
  'key expired': {
    text: (holder) => codeAt(holder, NOW, expiredKey),
    expected: ['refuse', 'code-key-expired', 'code'],
  },
  'T29 region under another region’s key': {
    text: (holder) => codeAt(holder, NOW, abroadKey),
    expected: ['refuse', 'code-issuer-mismatch', 'code'],
  },
  'another region': {
    holder: () => newHolder({ iss: ABROAD }),
    text: (holder) => codeAt(holder, NOW, abroadKey),
    expected: ['refuse', 'code-issuer-foreign', 'code'],
  },
  expired: {
    holder: () => newHolder({ expiresAt: NOW }),
    expected: ['refuse', 'code-expired', 'code'],
  },
  'not yet valid': {
    holder: () => newHolder({ issuedAt: later(120_000) }),
    expected: ['refuse', 'code-not-yet-valid', 'code'],
  },
  'claims that are none': {
    text: () =>
      `GC1:${encodeBase45(signCose(issuerKey.keyId, encodeCbor(new Map([[1, 'x']])), issuerKey.sign))}`,
    expected: ['refuse', 'code-claims-invalid', 'code'],
  },
  'cut off': {
    text: (holder) => codeAt(holder).slice(0, 150),
    expected: ['refuse', 'code-truncated', 'code'],
  },
  'no health code': {
    text: () => 'https://example.org/menu',
    expected: ['refuse', 'code-prefix-unknown', 'code'],
  },
  'characters outside the alphabet': {
    text: () => 'GC1:abc',
    expected: ['refuse', 'code-malformed', 'code'],
  },
  'T17 too long': {
    text: () => `GC1:${'0'.repeat(600)}`,
    expected: ['refuse', 'code-too-long', 'code'],
  },
  'T3 a phone code without its proof': {
    text: withoutProof,
    expected: ['refuse', 'code-proof-missing', 'code'],
  },
  'T3 a proof by another phone': {
    text: ({ claims }) => {
      const token = mintToken(claims, issuerKey.keyId, issuerKey.sign);
      return presentToken(token, stepAt(NOW), crypto.sha256, newPhone().sign);
    },
    expected: ['refuse', 'code-proof-invalid', 'code'],
  },
  'T3 a screenshot at +61 s': {
    start: later(61_000),
    text: (holder) => codeAt(holder, NOW),
    expected: ['refuse', 'code-step-stale', 'code'],
  },
  'a screenshot at +59 s is still the phone’s own': {
    start: later(59_000),
    text: (holder) => codeAt(holder, NOW),
    expected: ['admit', 'status-green', 'code-colour'],
  },
  'a phone whose clock is ahead': {
    text: (holder) => codeAt(holder, later(60_000)),
    expected: ['refuse', 'code-step-ahead', 'code'],
  },
  'T4 used before at another lane': {
    before: async (at, holder) => {
      await at.pass(codeAt(holder), { kind: 'not-fitted' }, LANE_2);
    },
    expected: ['refuse', 'code-already-used', 'code'],
  },
  'T5 paper': {
    holder: () => newHolder({ kind: 'paper' }),
    before: green,
    expected: ['refer', 'identity-check-needed', 'policy'],
  },

  fever: {
    temperature: { kind: 'measured', centiC: 3730 },
    expected: ['refuse', 'temperature-fever', 'thermometer'],
  },
  'a hundredth of a degree under the line': {
    temperature: { kind: 'measured', centiC: 3729 },
    expected: ['admit', 'status-green', 'code-colour'],
  },
  'no reading came': {
    temperature: { kind: 'missing' },
    expected: ['refer', 'temperature-missing', 'thermometer'],
  },
  'a required reading at a lane without a thermometer': {
    policy: { temperature: 'required' },
    expected: ['refer', 'temperature-missing', 'thermometer'],
  },
  'T18 no number': {
    temperature: { kind: 'fault', reason: 'temperature-invalid' },
    expected: ['refer', 'temperature-invalid', 'thermometer'],
  },
  'T18 85.0 at power-on': {
    temperature: { kind: 'fault', reason: 'temperature-out-of-range' },
    expected: ['refer', 'temperature-out-of-range', 'thermometer'],
  },
  'T18 a sensor that lies past its parser': {
    temperature: { kind: 'measured', centiC: Number.NaN },
    expected: ['refer', 'temperature-out-of-range', 'thermometer'],
  },
  'a fever does not hide a red': {
    before: (at, holder) => publish(at, holder, { colour: 'red' }),
    temperature: { kind: 'measured', centiC: 3900 },
    expected: ['refuse', 'status-red', 'replica'],
  },

  'not synced yet': {
    policy: null,
    expected: ['refer', 'not-provisioned', 'policy'],
  },
  'F6 the replica is aged: as usual': {
    start: later(3600_000),
    holder: longHeld,
    before: green,
    expected: ['admit', 'status-green', 'replica'],
  },
  'T8 the replica is restricted': {
    policy: { whenRestricted: 'refer' },
    start: later(2 * DAY),
    holder: longHeld,
    before: (at, holder) => publish(at, holder, { validUntil: later(LONG) }),
    expected: ['refer', 'replica-restricted', 'policy'],
  },
  'F6 72 hours without the cloud: blind': {
    start: later(3 * DAY),
    holder: longHeld,
    before: (at, holder) => publish(at, holder, { validUntil: later(LONG) }),
    expected: ['refer', 'replica-blind', 'policy'],
  },
  'F6 blind, and policy says as usual': {
    policy: { whenBlind: 'as-usual' },
    start: later(3 * DAY),
    holder: longHeld,
    before: (at, holder) => publish(at, holder, { validUntil: later(LONG) }),
    expected: ['admit', 'status-green', 'replica'],
  },
  'F5 the clock is not trusted': {
    before: (at) => {
      at.time.trust = 'untrusted';
    },
    expected: ['refer', 'clock-untrusted', 'policy'],
  },
};

function withAlgorithm({ claims }: Holder, algorithm: number): Uint8Array {
  const header = encodeCbor(
    new Map<number, unknown>([
      [1, algorithm],
      [4, Buffer.from(issuerKey.keyId, 'hex')],
    ]),
  );
  const payload = encodeCbor(claimsToMap(claims));
  const signed = encodeCbor(['Signature1', header, new Uint8Array(0), payload]);
  return encodeCbor([header, new Map(), payload, issuerKey.sign(signed)]);
}

describe('scan -> verdict, reason, rung', () => {
  test.for(Object.entries(cases))('%s', async ([, each]) => {
    const start = each.start ?? NOW;
    const at = await station(each.policy, start);
    const holder = (each.holder ?? newHolder)();
    await each.before?.(at, holder);
    at.trace.length = 0;
    at.turnstile.orders.length = 0;
    at.journal.drafts.length = 0;
    const text = (each.text ?? codeAt)(holder, start);

    const passage = await at.pass(text, each.temperature);

    const [verdict, reason, rung] = each.expected;
    expect(passage.decision).toMatchObject({ verdict, reason, rung });
    const action = verdict === 'admit' ? 'open' : verdict;
    expect(at.turnstile.orders).toEqual([{ action, passage: passage.id, reason }]);
    expect(at.journal.drafts).toMatchObject([
      { kind: 'intent', passage: passage.id, lane: 'lane-1', verdict, reason, rung, at: start },
    ]);
    expect(at.trace).toEqual(['durable intent', `order ${action}`]);
    expect(passage.taken).toBe(true);
  });
});

describe('what the journal says of a passage', () => {
  test('pseudonym, clock, staleness and the versions it was decided with', async () => {
    const at = await station({ version: 7 });
    const holder = newHolder();
    await publish(at, holder, {});
    at.time.trust = 'holdover';
    await at.pass(codeAt(holder));
    expect(at.journal.drafts[0]).toMatchObject({
      key: holder.key,
      clock: 'holdover',
      staleness: 'fresh',
      replicaVer: 1,
      policyVer: 7,
      step: expect.any(Number),
    });
    await at.pass('GC1:');
    expect(at.journal.drafts[1]).toMatchObject({ key: null });
  });

  test('P11 S4 T27: no byte of a person and no code is in the journal or in the log', async () => {
    const file = tempFile('journal.db');
    const store = openJournalStore(file, crypto.sha256);
    const at = await station({}, NOW, (trace) => ({
      ...fakeJournal(trace),
      append: (draft) => Promise.resolve(store.append([draft])[0] ?? { epoch: 0, seq: 0 }),
    }));
    const people = [newHolder(), newHolder({ kind: 'paper' }), newHolder({ iss: ABROAD })];
    const shown = people.map((holder) =>
      codeAt(holder, NOW, holder.claims.iss === ABROAD ? abroadKey : issuerKey),
    );
    for (const text of shown.flatMap((each) => [each, each.slice(0, 100), each.toLowerCase()])) {
      const passage = await at.pass(text);
      await passage.close(passage.decision.verdict === 'admit' ? 'completed' : 'refused', false);
    }
    const written = [readFileSync(`${file}-wal`), Buffer.from(at.log.lines.join('\n'))];
    store.close();
    written.push(readFileSync(file));
    expect(written.at(-1)?.includes(Buffer.from(people[0]?.key ?? 'none', 'hex'))).toBe(true);
    const found = people
      .flatMap((holder, i) => canariesOf(holder, shown[i] ?? ''))
      .filter((canary) => written.some((bytes) => bytes.includes(canary)));
    expect(found).toEqual([]);
  });
});

/** What must not be written: the rest of the pseudonym, the phone's key, any piece of the code. */
function canariesOf({ claims, phone }: Holder, text: string): Buffer[] {
  const rest = Buffer.from(claims.sub.subarray(8));
  const pieces = text.slice(4).match(/.{24}/g) ?? [];
  return [
    rest,
    Buffer.from(rest.toString('hex')),
    Buffer.from(phone.publicKey.subarray(1)),
    ...pieces.map((piece) => Buffer.from(piece)),
  ];
}

describe('finding 9: the intent is on the disk before anything moves', () => {
  test('P9 nothing is ordered while the disk is at work', async () => {
    const at = await station();
    const passing = at.pass(codeAt(newHolder()));
    expect(at.turnstile.orders).toEqual([]);
    await Promise.resolve();
    expect(at.trace).toEqual([]);
    const passage = await passing;
    await passage.close('completed', false);
    expect(at.trace).toEqual(['durable intent', 'order open', 'durable outcome']);
    expect(at.journal.drafts.map((draft) => draft.kind === 'outcome' && draft.outcome)).toEqual([
      false,
      'completed',
    ]);
  });

  test('P10 a disk that hangs holds a person for journalWaitMsMax and no longer: "journal-late"', async () => {
    const at = await station();
    at.journal.disk = 'hangs';
    let done = false;
    const passing = at.pass(codeAt(newHolder())).then((passage) => {
      done = true;
      return passage;
    });
    await at.time.advance(journalWaitMsMax - 1);
    expect(done).toBe(false);
    expect(at.turnstile.orders).toEqual([]);
    await at.time.advance(1);
    await settle();
    expect(done).toBe(true);
    expect(at.turnstile.orders).toMatchObject([{ action: 'open' }]);
    expect((await passing).latencyMs).toBe(journalWaitMsMax);
    expect(at.recorder.counts()).toEqual({ late: 1, failed: 0, waiting: 0, lost: 0 });
    expect(at.log.events()).toEqual(['journal-late']);
  });

  test('P10 where policy says so, nobody passes whom the disk does not have: referred, and the code may be shown again', async () => {
    for (const [disk, reason] of [
      ['refuses', 'journal-failed'],
      ['hangs', 'journal-late'],
    ] as const) {
      const at = await station({ whenJournalFails: 'refer' });
      at.journal.disk = disk;
      const text = codeAt(newHolder());
      const passing = at.pass(text);
      await at.time.advance(journalWaitMsMax);
      const passage = await passing;
      expect(passage.decision).toEqual({ verdict: 'refer', reason, rung: 'policy' });
      expect(at.turnstile.orders).toMatchObject([{ action: 'refer', reason }]);
      const closing = passage.close('referred', false);
      await at.time.advance(journalWaitMsMax);
      await closing;
      at.journal.disk = 'well';
      expect((await at.pass(text)).decision.verdict).toBe('admit');
      // Who is refused is refused: the disk changes nothing for them.
      at.journal.disk = 'refuses';
      expect((await at.pass('GC1::::')).decision.reason).toBe('code-malformed');
    }
  });

  test('F3 F4: a disk that refuses lets the lane go on at once: "journal-failed"', async () => {
    const at = await station();
    at.journal.disk = 'refuses';
    const passage = await at.pass(codeAt(newHolder()));
    expect(passage.taken).toBe(true);
    expect(at.turnstile.orders).toMatchObject([{ action: 'open' }]);
    await passage.close('completed', false);
    // Intent, alarm and outcome wait in memory, in this order.
    expect(at.recorder.counts()).toEqual({ late: 0, failed: 2, waiting: 3, lost: 0 });
    expect(new Set(at.log.lines)).toEqual(new Set(['error journal-failed {"why":"SQLITE_FULL"}']));
    at.journal.disk = 'well';
    expect(await at.recorder.alarm(null, 'fire-release')).toBe('durable');
    expect(at.journal.drafts).toMatchObject([
      { kind: 'intent', passage: passage.id },
      { kind: 'alarm', reason: 'journal-failed' },
      { kind: 'outcome', passage: passage.id },
      { kind: 'alarm', reason: 'fire-release' },
    ]);
    expect(at.recorder.counts().waiting).toBe(0);
  });

  test('F3: a disk that heals gets what it refused, also when nobody comes', async () => {
    const at = await station();
    at.journal.disk = 'refuses';
    await at.pass(codeAt(newHolder()));
    at.journal.disk = 'well';
    await at.time.advance(keptRetryMs);
    await settle();
    expect(at.journal.drafts.map((draft) => draft.kind)).toEqual(['intent', 'alarm']);
    expect(at.recorder.counts().waiting).toBe(0);
  });
});

describe('T4: one live code opens one gate once', () => {
  test('P8 two lanes at once: one is let through', async () => {
    const at = await station();
    const text = codeAt(newHolder());
    const both = await Promise.all([at.pass(text), at.pass(text, { kind: 'not-fitted' }, LANE_2)]);
    expect(both.map((passage) => passage.decision.reason)).toEqual([
      'status-green',
      'code-already-used',
    ]);
    expect(at.turnstile.orders.map((order) => order.action).sort()).toEqual(['open', 'refuse']);
  });

  test('the next step of the same phone is a new code', async () => {
    const at = await station();
    const holder = newHolder();
    await at.pass(codeAt(holder));
    await at.time.advance(30_000);
    const again = await at.pass(codeAt(holder, at.time.clock.now()));
    expect(again.decision.verdict).toBe('admit');
  });

  test.for(['timed-out', 'reversed'] as const)(
    'a passage of which the turnstile says that nobody went through (%s) gives the code back',
    async (outcome) => {
      const at = await station();
      const text = codeAt(newHolder());
      const first = await at.pass(text);
      await first.close(outcome, true);
      expect((await at.pass(text)).decision.verdict).toBe('admit');
    },
  );

  test.for(['timed-out', 'unreachable', 'interrupted'] as const)(
    'in doubt (%s) the code stays used: a friend with a copy does not get in',
    async (outcome) => {
      const at = await station();
      const text = codeAt(newHolder());
      await (await at.pass(text)).close(outcome, false);
      expect((await at.pass(text)).decision.reason).toBe('code-already-used');
    },
  );

  test('a passage that was made keeps it', async () => {
    const at = await station();
    const text = codeAt(newHolder());
    await (await at.pass(text)).close('completed', false);
    expect((await at.pass(text)).decision.reason).toBe('code-already-used');
  });

  test('a refused second try does not give it back', async () => {
    const at = await station();
    const text = codeAt(newHolder());
    const first = await at.pass(text);
    const second = await at.pass(text);
    await second.close('refused', false);
    expect((await at.pass(text)).decision.reason).toBe('code-already-used');
    await first.close('completed', false);
  });

  test('a refused or referred person has used nothing', async () => {
    const at = await station();
    const text = codeAt(newHolder());
    await at.pass(text, { kind: 'missing' });
    expect((await at.pass(text)).decision.verdict).toBe('admit');
  });

  test('"turnstile-unreachable": the order may have arrived and its answer be lost, so the code stays used', async () => {
    const at = await station();
    const text = codeAt(newHolder());
    at.turnstile.answer = refuse('turnstile-unreachable');
    const passage = await at.pass(text);
    expect(passage.taken).toBe(false);
    await passage.close('unreachable', false);
    at.turnstile.answer = { ok: true, value: undefined };
    expect((await at.pass(text)).decision.reason).toBe('code-already-used');
  });
});
