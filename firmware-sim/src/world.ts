import { ARCHETYPES, type Archetype } from './archetypes.ts';
import type { Person } from './person.ts';
import { createPrng, type Prng } from './prng.ts';

/**
 * The people of one seed. At least one of every archetype, the rest by weight: the same seed and count give
 * the same people.
 */
export function createPeople(seed: number, count: number): Person[] {
  const prng = createPrng(seed).fork('people');
  const total = ARCHETYPES.reduce((sum, archetype) => sum + archetype.weight, 0);
  return ARCHETYPES.flatMap((archetype) => {
    const share = Math.max(1, Math.ceil((count * archetype.weight) / total));
    return Array.from({ length: share }, () => archetype);
  }).map((archetype, at) => createPerson(archetype, at + 1, prng));
}

const SURNAMES = ['王', '李', '张', '刘', '陈', '杨', '赵', '黄', '周', '吴'] as const;
const GIVEN = ['伟', '芳', '娜', '敏', '静', '强', '磊', '洋', '艳', '勇', '杰', '涛'] as const;

function createPerson(archetype: Archetype, number: number, prng: Prng): Person {
  const { weight: _, name: kind, ...construction } = archetype;
  return {
    id: `${kind}-${String(number).padStart(4, '0')}`,
    name: prng.pick(SURNAMES) + prng.pick(GIVEN) + prng.pick(GIVEN),
    idNumber: idNumber(number, prng),
    phone: `1990000${String(number).padStart(4, '0')}`,
    ...construction,
    celsius: celsiusOf(archetype, prng),
  };
}

function celsiusOf({ reading }: Archetype, prng: Prng): number {
  switch (reading) {
    case 'fever':
      return (380 + prng.below(19)) / 10;
    // What a DS18B20 says when it has just been powered on (THREATS T18).
    case 'absurd':
      return 85;
    case 'normal':
    case 'nan':
      return (360 + prng.below(10)) / 10;
  }
}

const CHECK_WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
const CHECK_CHARACTERS = '10X98765432';

/** GB 11643 with a division that was never assigned, so that no real person has the number. */
function idNumber(number: number, prng: Prng): string {
  const year = 1940 + prng.below(60);
  const month = String(1 + prng.below(12)).padStart(2, '0');
  const day = String(1 + prng.below(28)).padStart(2, '0');
  const block = Math.floor(number / 1000) % 10;
  const digits = `99000${block}${year}${month}${day}${String(number % 1000).padStart(3, '0')}`;
  const sum = [...digits].reduce((total, digit, i) => {
    return total + Number(digit) * (CHECK_WEIGHTS[i] ?? 0);
  }, 0);
  return digits + CHECK_CHARACTERS.charAt(sum % 11);
}
