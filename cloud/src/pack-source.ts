import { toHex } from '@greengate/contracts/bytes';
import type { Crypto } from '@greengate/contracts/crypto';
import type { RegionId } from '@greengate/contracts/ids';
import { type ScoringPack, scoringPackSchema } from '@greengate/contracts/rules/pack';
import { editionsKeptCountMax } from './limits.ts';
import type { Force, NewPack, PackStore } from './pack-port.ts';
import { canonicalJson } from './packs/canonical.ts';
import { editionBody, firstPacks } from './packs/first-packs.ts';
import { editionFor } from './packs/share.ts';
import type { Clock } from './ports.ts';
import { holderScorer, type ScoreHolder } from './score/score.ts';

/** A pack, and what scores by it. */
export interface CompiledPack {
  readonly pack: ScoringPack;
  readonly score: ScoreHolder;
}

export function compiledOf(pack: ScoringPack, sha256: Crypto['sha256']): CompiledPack {
  return { pack, score: holderScorer(pack, sha256) };
}

/** The packs in force, compiled. Which one a holder is scored with is read in the transaction that writes the verdict. */
export interface PackSource {
  /** What a region begins with, unless something is in force already. */
  install(): Promise<void>;
  /** By what is in force; a region where nothing is begins with the first packs. Throws `EditionMissing`. */
  compiledFor(force: Force | undefined, holder: string): CompiledPack;
  /** Compiles what is in force. */
  prepare(): Promise<void>;
  /** Does a work that may throw `EditionMissing`: then it reads the edition and does the work once more. */
  withEditions<T>(work: () => Promise<T>): Promise<T>;
  /** A pack as verdicts name it, whenever it was in force. */
  pack(id: string, edition: number): Promise<ScoringPack | undefined>;
}

export interface PackSourceDeps {
  readonly store: PackStore;
  readonly clock: Clock;
  readonly region: RegionId;
  readonly sha256: Crypto['sha256'];
}

export function makePackSource({ store, clock, region, sha256 }: PackSourceDeps): PackSource {
  const first = firstPacks(region);
  const begin = compiledOf({ ...first.edition, version: 1 }, sha256);
  const compiled = new Map<number, CompiledPack>();

  const read = async (number: number): Promise<ScoringPack | undefined> => {
    const edition = await store.edition(number);
    return edition && scoringPackSchema.parse(JSON.parse(edition.body));
  };
  const load = async (number: number): Promise<void> => {
    if (compiled.has(number)) return;
    const pack = await read(number);
    if (!pack) throw new Error('an edition in force is not stored');
    const [oldest] = compiled.keys();
    if (oldest !== undefined && compiled.size >= editionsKeptCountMax) compiled.delete(oldest);
    compiled.set(number, compiledOf(pack, sha256));
  };

  return {
    install: async () => {
      const { city, province, edition } = first;
      const packs = { city: asNew(city, 'city'), province: asNew(province, 'province') };
      await store.installPacks(
        packs,
        editionBody(canonicalJson(edition)),
        'installation',
        clock.now(),
      );
    },
    compiledFor: (force, holder) => {
      if (!force) return begin;
      const number = editionFor(force, holder);
      const found = compiled.get(number);
      if (!found) throw new EditionMissing(number);
      return found;
    },
    prepare: async () => {
      const force = await store.force();
      if (!force) return;
      await load(force.base);
      if (force.next !== undefined) await load(force.next);
    },
    withEditions: async (work) => {
      for (let tries = 0; ; tries++) {
        try {
          return await work();
        } catch (error) {
          if (!(error instanceof EditionMissing) || tries >= TRIES_MAX) throw error;
          await load(error.edition);
        }
      }
    },
    pack: async (id, number) => {
      const pack = await read(number);
      return pack?.id === id ? pack : undefined;
    },
  };

  function asNew(pack: ScoringPack, scope: NewPack['scope']): NewPack {
    const body = canonicalJson(pack);
    const hash = toHex(sha256(new TextEncoder().encode(body)));
    const { id, version } = pack;
    return { id, version, scope, body, hash, within: undefined, proposedBy: 'release' };
  }
}

// Once for what is in force for everybody, once for what is on its way.
const TRIES_MAX = 2;

/** What is in force changed, and this process has not read it yet. Thrown inside a transaction, which is undone. */
class EditionMissing extends Error {
  override readonly name = 'EditionMissing';
  readonly edition: number;

  constructor(edition: number) {
    super('an edition is not read yet');
    this.edition = edition;
  }
}
