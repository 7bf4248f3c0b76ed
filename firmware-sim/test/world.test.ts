import { decodeBase45 } from '@greengate/contracts/code/base45';
import { idNumberSchema } from '@greengate/contracts/wire/holder';
import { describe, expect, test } from 'vitest';
import { ARCHETYPES } from '../src/archetypes.ts';
import { planKills } from '../src/demo/kill-plan.ts';
import { createPrng } from '../src/prng.ts';
import { createPeople } from '../src/world.ts';

describe('world', () => {
  test('P33 the same seed gives the same people, another seed others', () => {
    expect(createPeople(7, 200)).toEqual(createPeople(7, 200));
    expect(createPeople(7, 200)).not.toEqual(createPeople(8, 200));
  });

  test('everyone comes, and nobody is two people', () => {
    const people = createPeople(1, 60);
    const kinds = new Set(people.map(({ id }) => id.replace(/-\d+$/, '')));
    expect([...kinds].sort()).toEqual(ARCHETYPES.map(({ name }) => name).sort());
    expect(new Set(people.map(({ idNumber }) => idNumber)).size).toBe(people.length);
    expect(new Set(people.map(({ id }) => id)).size).toBe(people.length);
  });

  test('identity numbers have the form and the check character of GB 11643', () => {
    for (const { idNumber } of createPeople(3, 300)) {
      expect(idNumberSchema.safeParse(idNumber).success).toBe(true);
      const sum = [...idNumber].reduce((total, character, i) => {
        const digit = character === 'X' ? 10 : Number(character);
        return total + digit * (2 ** (17 - i) % 11);
      }, 0);
      expect(sum % 11).toBe(1);
    }
  });

  test('most people are green, and shares follow the weights', () => {
    const people = createPeople(1, 1000);
    const green = people.filter(({ id }) => id.startsWith('green-')).length;
    expect(green / people.length).toBeGreaterThan(0.5);
  });

  test('chance is even, repeatable, and forks do not disturb each other', () => {
    const draws = Array.from(
      { length: 10_000 },
      (
        (prng) => () =>
          prng.unit()
      )(createPrng(1)),
    );
    expect(draws.reduce((a, b) => a + b) / draws.length).toBeCloseTo(0.5, 1);
    expect(new Set(draws).size).toBeGreaterThan(9_990);
    const alone = createPrng(5).fork('lane-1').unit();
    const parent = createPrng(5);
    parent.fork('lane-2').unit();
    expect(parent.fork('lane-1').unit()).toBe(alone);
    expect(createPrng(5).fork('lane-1').unit()).not.toBe(createPrng(5).fork('lane-2').unit());
  });

  test('kills are spread over the run and repeat with the seed', () => {
    const plan = planKills(4, 60, 20);
    expect(plan).toEqual(planKills(4, 60, 20));
    expect(plan).toHaveLength(20);
    expect(plan.every(({ atMs }) => atMs >= 2000 && atMs <= 57_000)).toBe(true);
    expect(plan.map(({ atMs }) => atMs)).toEqual(
      plan.map(({ atMs }) => atMs).sort((a, b) => a - b),
    );
    expect(plan.filter(({ victim }) => victim === 'cloud')).toHaveLength(10);
  });

  test('Base45 has no character that a shell would touch inside the guest line', () => {
    expect(decodeBase45('"').ok).toBe(false);
    expect(decodeBase45('\\').ok).toBe(false);
  });
});
