import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { VerifiedCode } from '@greengate/contracts/code/verify-code';
import { type ReplicaKey, regionIdSchema } from '@greengate/contracts/ids';
import type { Segment } from '@greengate/contracts/replica/segment';
import type { StatusEntry } from '@greengate/contracts/replica/status-entry';
import { CONTROL, RED, type StreamName } from '@greengate/contracts/replica/streams';
import type { CachedStatus } from '@greengate/contracts/rules/admit';
import { epochMs, monoMs } from '@greengate/contracts/time';
import { encodeEvent } from '@greengate/contracts/wire/passage';
import { decide } from '../../../edge/dist/decide/facts.js';
import type { Clock } from '../../../edge/dist/ports.js';
import { planStart } from '../../../edge/dist/start-plan.js';
import { loadGatewayKey, loadSealKey } from '../../../edge/dist/store/gateway-key.js';
import { openJournalFile, withJournal } from '../../../edge/dist/store/journal-file.js';
import type { JournalStore } from '../../../edge/dist/store/journal-store.js';
import { createPartStore } from '../../../edge/dist/store/part-store.js';
import { isDamage, rebuild } from '../../../edge/dist/store/quarantine.js';
import { openReplicaFile } from '../../../edge/dist/store/replica-file.js';
import {
  openLastReplica,
  openReplicaView,
  type ReplicaView,
} from '../../../edge/dist/store/replica-reader.js';
import { openStartRecord } from '../../../edge/dist/store/start-record.js';
import { createNodeCrypto } from '../../../edge/dist/verify/node-crypto.js';
import { createPrng } from '../../dist/prng.js';
import { type Damage, damaged, drawDamages, FILES } from './file-damage.ts';
import { keyOf, type Life, NOW, openStore, REGION, rootKeyRaw } from './file-life.ts';

/** What became of one case; `wrong` is empty where all was as it must be. */
export interface CaseResult {
  readonly journal: string;
  readonly replica: string;
  /** People who were let in, of those that were asked for. */
  readonly admitted: number;
  readonly wrong: readonly string[];
}

const crypto = createNodeCrypto();
const region = regionIdSchema.parse('330100');

/** What a case damages, and the chance by which it does. */
export function drawCase(seed: number, at: number) {
  const prng = createPrng(seed).fork(`case ${at}`);
  return { prng, damages: drawDamages(prng) };
}

/** Lays out the files of a case; answers what was damaged. */
export function layOut(
  folder: string,
  origin: string,
  before: string,
  seed: number,
  at: number,
): Damage[] {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const { prng, damages } = drawCase(seed, at);
  for (const name of FILES) {
    const file = join(origin, name);
    if (!existsSync(file)) continue;
    const whole = readFileSync(file);
    const damage = damages.find((each) => each.file === name);
    const earlier = join(before, name);
    const stale = existsSync(earlier) ? readFileSync(earlier) : undefined;
    const bytes = damage ? damaged(whole, stale, damage.kind, prng) : whole;
    if (bytes !== undefined) writeFileSync(join(folder, name), bytes, { mode: 0o600 });
  }
  return damages;
}

/** Starts on the files of a case as the gateway does, and holds what it finds against what was committed. */
export async function tryCase(
  folder: string,
  life: Life,
  damages: readonly Damage[],
  at: number,
): Promise<CaseResult> {
  const wrong: string[] = [];
  const say = (text: string) => void wrong.push(text);
  const small = openStartRecord(join(folder, 'start.json')).last;
  planStart(small, { boot: 'b', uptimeMs: 5 });
  loadGatewayKey(folder);
  const held = await createPartStore(folder).held(REGION, 'a'.repeat(64) as never);
  if (held.length > 5000) say('more of a segment is held than came');
  const journal = tryJournal(join(folder, 'journal.db'), life, damages, say);
  const replica = await tryReplica(folder, life, at, say);
  return { journal, replica: replica.said, admitted: replica.admitted, wrong };
}

function tryJournal(
  file: string,
  life: Life,
  damages: readonly Damage[],
  say: (text: string) => void,
): string {
  const { opened, damage } = openJournalFile(file, crypto.sha256, NOW);
  const held = { file, store: opened };
  // As the journal's thread does it: damage that is met later sets the file aside as well.
  const using: Using = (work) => withJournal(held, crypto.sha256, () => NOW, work);
  const bad = using((store) => store.verifyChain());
  const cut = using((store) => store.anchor());
  const told = eventsOf(using);
  const anew = damage !== undefined || held.store !== opened;
  const { epoch } = held.store.state();
  const committed = new Map(life.events.map((each) => [`${each.epoch}/${each.seq}`, each]));
  const reported = anew || bad !== undefined || cut !== undefined;
  let same = 0;
  for (const { id, payload, lost } of told) {
    const whole = committed.get(id);
    if (whole === undefined) {
      if (!reported) say(`event ${id} was never written`);
    } else if (Buffer.from(encodeEvent({ ...whole.draft, seq: whole.seq })).equals(payload))
      same += 1;
    else if (!lost && bad === undefined) say(`event ${id} is another one, and the chain is whole`);
  }
  const prefix = life.events
    .slice(0, told.length)
    .every(({ epoch: of, seq }, n) => told[n]?.id === `${of}/${seq}`);
  if (!prefix && !reported)
    say('what is left is no prefix of what was committed, and nothing tells');
  const last = life.events.at(-1)?.epoch ?? 0;
  const both = damages.filter((each) => each.file.startsWith('journal.db')).length > 1;
  if (epoch <= last && !both) say(`epoch ${epoch} is begun a second time`);
  tryAppend(using, file, say);
  if (anew) return 'begun anew';
  if (bad !== undefined) return 'altered, and told';
  if (cut !== undefined) return 'cut off, and told';
  return same === life.events.length ? 'whole' : 'a committed prefix';
}

/** Everything that the cloud would be told if it asked for all. */
type Using = <T>(work: (store: JournalStore) => T) => T;

function eventsOf(using: Using): { id: string; payload: Buffer; lost: boolean }[] {
  const told: { id: string; payload: Buffer; lost: boolean }[] = [];
  using((store) => store.acknowledge({ epoch: 0, seq: 0 }));
  for (let pages = 0; pages < 100; pages++) {
    const { epoch, events } = using((store) => store.pending(200));
    const last = events.at(-1);
    if (!last) return told;
    for (const event of events) {
      const lost = event.kind === 'alarm' && event.at === 0;
      told.push({ id: `${epoch}/${event.seq}`, payload: Buffer.from(encodeEvent(event)), lost });
    }
    using((store) => store.acknowledge({ epoch, seq: last.seq }));
  }
  throw new Error('the outbox does not come to its end');
}

function tryAppend(using: Using, file: string, say: (text: string) => void): void {
  const draft = { kind: 'alarm', at: NOW, lane: null, reason: 'journal-late' } as const;
  const [first] = using((store) => store.append([draft, draft]));
  using((store) => store.close());
  const again = openJournalFile(file, crypto.sha256, NOW);
  if (again.damage !== undefined) say(`damaged once more: ${again.damage}`);
  again.opened.acknowledge(first ?? { epoch: 0, seq: 0 });
  if (again.opened.pending(10).events.length !== 1) say('what was appended is not there');
  again.opened.close();
}

async function tryReplica(folder: string, life: Life, at: number, say: (text: string) => void) {
  const file = join(folder, 'replica.db');
  const open = () => openStore(file, folder);
  const sealKey = loadSealKey(folder);
  const followed = [CONTROL, RED, REGION];
  // The lanes begin with what is there; the thread that looks through it comes later, and may set it aside.
  const last = openLastReplica(file, sealKey, followed);
  if (last) askForPeople(last, life, at + 2, say);
  let { opened: store, damage } = openReplicaFile({ file, rootKey: rootKeyRaw, sealKey }, crypto);
  const view = last ?? openReplicaView(file, sealKey, followed);
  if (damage !== undefined) view.reopen();
  const admitted = askForPeople(view, life, at, say);
  const said = damage !== undefined ? 'begun anew' : stateOf(view, life);
  // Most cases end here; in the others the cloud is there again, and all must come right by itself.
  if (at % 3 === 0) {
    for (let tries = 0; ; tries++) {
      try {
        await store.scrub(REGION, () => Promise.resolve());
        await store.scrub(RED, () => Promise.resolve());
        await life.heal(store);
        break;
      } catch (error) {
        if (!isDamage(error) || tries === 3) throw error;
        store = rebuild(file, store, open);
      }
    }
    view.reopen();
    for (const key of life.people.slice(at % 7, (at % 7) + 60)) {
      const found = look(() => view.status(key));
      const held = truthAt(life, REGION, key, Number.POSITIVE_INFINITY);
      if (found === 'unknown' || found?.ver !== held?.ver || found?.colour !== held?.colour)
        say(`${key} is not right after all was fetched again`);
    }
    askForPeople(view, life, at + 1, say);
  }
  view.close();
  store.close();
  return { said, admitted };
}

function stateOf(view: ReplicaView, life: Life): string {
  const last = life.segments.get(REGION)?.at(-1)?.to;
  const cursor = view.streams().find(({ name }) => name === REGION)?.cursor;
  if (cursor === undefined) return 'region not known';
  return cursor === last ? 'whole' : 'a committed prefix';
}

/** Asks for people as lanes do; answers how many were let in. Nobody may be whom the state that is held keeps out. */
function askForPeople(
  view: ReplicaView,
  life: Life,
  at: number,
  say: (text: string) => void,
): number {
  const clock: Clock = { now: () => NOW, mono: () => monoMs(5), trust: () => 'trusted' };
  const cursor = (stream: StreamName) =>
    view.streams().find(({ name }) => name === stream)?.cursor ?? 0;
  const marks = { region: cursor(REGION), red: cursor(RED) };
  const from = (at * 37) % life.people.length;
  let admitted = 0;
  for (let n = 0; n < 60; n++) {
    const person = life.people[(from + n) % life.people.length] ?? keyOf(0);
    const key = n < 55 ? person : keyOf(9000 + n);
    const decided = decide(codeOf(key), false, { kind: 'not-fitted' }, { clock, replica: view });
    const found = look(() => view.status(key));
    const red = look(() => view.red(key));
    const right =
      isHeld(found, life, REGION, key, marks.region) && isHeld(red, life, RED, key, marks.red);
    if (!right) say(`${key} has a status that was never committed, with ${JSON.stringify(marks)}`);
    if (decided.verdict !== 'admit') continue;
    admitted += 1;
    const isKnown = view.streams().length > 0 && view.syncedAt() !== undefined;
    if (found === 'unknown' || red === 'unknown' || red?.colour === 'red' || !isKnown || !right)
      say(`WRONG ADMIT of ${key} by ${decided.rung}`);
    if (found !== undefined && found !== 'unknown' && found.colour !== 'green')
      say(`WRONG ADMIT of ${key}, who is ${found.colour}`);
  }
  return admitted;
}

type Found = CachedStatus | undefined | 'unknown';

function look(read: () => CachedStatus | undefined): Found {
  try {
    return read();
  } catch {
    return 'unknown';
  }
}

/**
 * Whether that is what the stream said of the key at the cursor, or, where a segment was being applied, of a later change. Not
 * to know is always right.
 */
function isHeld(
  found: Found,
  life: Life,
  stream: StreamName,
  key: ReplicaKey,
  ver: number,
): boolean {
  if (found === 'unknown') return true;
  const held = truthAt(life, stream, key, ver);
  if (found === undefined) return held === undefined;
  const said = truthAt(life, stream, key, Number.POSITIVE_INFINITY, found.ver);
  return said?.colour === found.colour && found.ver >= (held?.ver ?? 0);
}

/** What the stream says of a key once its changes up to a version are applied. */
function truthAt(
  life: Life,
  stream: StreamName,
  key: ReplicaKey,
  ver: number,
  own?: number,
): StatusEntry | undefined {
  const applied = (segment: Segment) => segment.to <= ver && segment.kind === 'status';
  return (life.segments.get(stream) ?? [])
    .filter(applied)
    .flatMap((segment) => (segment.kind === 'status' ? segment.entries : []))
    .findLast((entry) => entry.key === key && (own === undefined || entry.ver === own));
}

/** A phone's code, verified, of somebody who was green when it was minted. */
function codeOf(key: ReplicaKey): { ok: true; value: VerifiedCode } {
  const claims = {
    ...{ iss: region, sub: new Uint8Array(16), issuedAt: epochMs(NOW - 60_000) },
    ...{ expiresAt: epochMs(NOW + 60_000) },
    ...({ kind: 'phone', colour: 'green', nextColour: 'yellow' } as const),
  };
  return { ok: true, value: { claims, key, step: 5 } };
}
