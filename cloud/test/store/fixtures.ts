import { regionIdSchema } from '@greengate/contracts/ids';
import { epochMs } from '@greengate/contracts/time';
import type { Decide, PseudonymRule, Publication, Status, Store } from '../../src/ports.ts';

/** Two regions over one database. */
export interface StoreUnderTest {
  readonly hangzhou: Store;
  readonly ningbo: Store;
}

export const HANGZHOU = regionIdSchema.parse('330100');
export const NOW = epochMs(1_646_092_800_000);

/** 32 bytes that show what they stand for. */
export const bytes = (text: string) => Uint8Array.from(Buffer.from(text.padEnd(32, '.')));

export const holder = (id: string) => ({
  holder: id,
  idHash: bytes(`id-${id}`),
  sealed: bytes('sealed'),
  tokenHash: bytes(`token-${id}`),
});

export const declaration = {
  division: HANGZHOU,
  symptoms: { fever: false, dryCough: false, fatigue: false },
  residenceDays: 20,
  contactOfCase: false,
  highRiskTravel: false,
  temperatureCentiC: null,
};

export const status = (colour: Status['colour']): Status => ({
  colour,
  nextColour: 'yellow',
  validUntil: epochMs(NOW + 60_000),
  inputsHash: 'ab',
  pack: { id: 'p', version: 1 },
  matched: [
    { rule: 'r', asks: colour, reason: 'r', zh: '因', en: 'why', values: { 'area.level': 'low' } },
  ],
  division: HANGZHOU,
  scoredAt: NOW,
  rescoreAt: epochMs(NOW + 60_000),
});

/** Decides the same for everybody. What is written without its being said is news when it changes something. */
export const always =
  (publication: Pick<Publication, 'status' | 'changed' | 'red'> & Partial<Publication>): Decide =>
  () => ({
    news: publication.changed,
    record: () => ({ inputs: '{}', verdictHash: 'cd' }),
    overlaid: '',
    ...publication,
  });

export const green = always({ status: status('green'), changed: true, red: false });
export const red = always({ status: status('red'), changed: true, red: true });
export const same = always({ status: status('green'), changed: false, red: false });

export const rule = (epoch: number): PseudonymRule => ({
  epoch,
  liveFromEpoch: epoch - 1,
  derive: (id, attempt) =>
    Uint8Array.from(Buffer.from(`${id}`.padEnd(4, '-') + `${epoch}${attempt}`.padEnd(12, '.'))),
});

/** Registers and scores green, under a pseudonym that is dead by epoch 1: a version of the stream each. */
export async function declared(store: Store, ...ids: string[]): Promise<void> {
  for (const id of ids) {
    await store.addHolder(holder(id), NOW);
    await store.declare(id, declaration, NOW, green, rule(-9));
  }
}
