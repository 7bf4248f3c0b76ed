import { COLOURS } from '../code/colour.ts';
import type { Given, GivenAt } from './certlogic-given.ts';
import { access } from './certlogic-values.ts';
import { factIndexOf, personFactsCount, readFact, readFacts } from './fact-paths.ts';
import { profileFieldValuesCountMax, profilesCountMax, reduceItemsCountMax } from './limits.ts';
import type { ScoringPack } from './pack.ts';
import type { PackInput } from './pack-inputs.ts';

/**
 * Sorts people by what a pack's inputs say of them before any rule is asked: which of the few values of an input they
 * have, whether a number or a date is there, what occurs in a list. People of one profile are alike in all of that.
 */
export interface Profiles {
  /** A whole number, at most 2^31 - 1. 0 is somebody of whom nothing is known. */
  of(data: unknown): number;
  /** What is known of whoever has that profile. */
  given(profile: number): GivenAt;
}

/** `items` says whether to look into lists, which is no good where the items that a rule walks are counted. */
export function profilesOf(
  { inputs, thresholds }: Pick<ScoringPack, 'inputs' | 'thresholds'>,
  items: boolean,
): Profiles {
  const traits = traitsOf(inputs, items);
  return {
    of: (data) => {
      const facts = readFacts(data);
      let profile = 0;
      for (const trait of traits) {
        const { fact, weight } = trait;
        const value = fact < 0 ? access(data, trait.steps) : (facts[fact] ?? null);
        profile += weight * stateOf(trait, value);
      }
      return profile;
    },
    given: (profile) => {
      const known = new Map<string, Given>();
      for (const trait of traits) {
        const given = givenBy(trait, Math.floor(profile / trait.weight) % trait.statesCount);
        if (given !== null) known.set(trait.path, given);
      }
      for (const [name, value] of Object.entries(thresholds)) {
        if (Number.isInteger(value)) known.set(`thresholds.${name}`, { is: 'literal', value });
      }
      return (path) => known.get(path.join('.')) ?? null;
    },
  };
}

/** One input. Its state is a digit of a profile, and `weight` the digit's place; state 0 is "anything". */
interface Trait {
  readonly type: PackInput['type'] | 'items';
  readonly path: string;
  readonly steps: readonly string[];
  /** Its place among `readFacts`, or -1. */
  readonly fact: number;
  /** Of a text, or of the field of each item; an item's field has a state for each set of them. */
  readonly values: readonly string[];
  readonly field: string;
  /** Of `current.<field>`, as `readFact` has it, or -1. */
  readonly fieldFact: number;
  /** Whether the last state is that nothing is there. */
  readonly nullable: boolean;
  readonly weight: number;
  readonly statesCount: number;
}

function traitsOf(inputs: readonly PackInput[], items: boolean): readonly Trait[] {
  const fields = new Map<string, PackInput>();
  for (const input of items ? inputs.filter(isField) : []) {
    const list = listOf(input);
    // One field tells what occurs in a list; more would multiply.
    if (!fields.has(list)) fields.set(list, input);
  }
  const plain = inputs.filter(
    ({ path }) => !path.includes('*') && !fields.has(path) && isFact(path),
  );
  const traits: Trait[] = [];
  let weight = 1;
  for (const trait of [...[...fields.values()].map(fieldTrait), ...plain.map(plainTrait)]) {
    const next = weight * trait.statesCount;
    if (trait.statesCount < 2 || next > profilesCountMax) continue;
    traits.push(placed(trait, weight));
    weight = next;
  }
  return traits;
}

function isFact(path: string): boolean {
  return path !== 'now' && !path.startsWith('thresholds.');
}

/** Whether an input is a field of a list's items that has few values. */
function isField(input: PackInput): boolean {
  const [list = '', field = '', ...more] = input.path.split('.*.');
  const count = valuesOf(input).length;
  const fits = count > 0 && count <= profileFieldValuesCountMax;
  return fits && /^\w+$/.test(field) && more.length === 0 && isFact(list);
}

function listOf({ path }: PackInput): string {
  return path.split('.*.', 1)[0] ?? '';
}

function valuesOf({ type, values }: PackInput): readonly string[] {
  return type === 'colour' ? COLOURS : (values ?? []);
}

type Unplaced = Omit<Trait, 'weight'>;

/** Written out, because objects that others were spread into have a shape each, and everybody is read by all of these. */
function placed(trait: Unplaced, weight: number): Trait {
  const { type, path, steps, fact, values, field, fieldFact, nullable, statesCount } = trait;
  return { type, path, steps, fact, values, field, fieldFact, nullable, weight, statesCount };
}

function fieldTrait(input: PackInput): Unplaced {
  const [path = '', field = ''] = input.path.split('.*.');
  const values = valuesOf(input);
  const statesCount = 1 + 2 ** values.length;
  const fieldFact = factIndexOf(['current', field]);
  return {
    ...traitAt(path),
    type: 'items',
    field,
    fieldFact,
    values,
    nullable: false,
    statesCount,
  };
}

function plainTrait(input: PackInput): Unplaced {
  const { path, type } = input;
  const values = type === 'text' ? valuesOf(input) : [];
  const states = { boolean: 3, integer: 2, date: 2, list: 2, text: 1 + values.length, colour: 1 }[
    type
  ];
  const nullable = input.nullable === true && nullableTypes.has(type) && states > 1;
  const statesCount = nullable ? states + 1 : states;
  return { ...traitAt(path), type, values, field: '', fieldFact: -1, nullable, statesCount };
}

const nullableTypes: ReadonlySet<PackInput['type']> = new Set(['integer', 'date', 'text']);

function traitAt(path: string): Pick<Trait, 'path' | 'steps' | 'fact'> {
  const steps = path.split('.');
  const fact = factIndexOf(steps);
  return { path, steps, fact: fact < personFactsCount ? fact : -1 };
}

function stateOf(trait: Trait, value: unknown): number {
  switch (trait.type) {
    case 'boolean':
      return stateOfBoolean(value);
    case 'integer':
      return value === null ? stateOfNull(trait) : Number(Number.isInteger(value));
    case 'date':
      return value === null
        ? stateOfNull(trait)
        : Number(typeof value === 'string' && value !== '');
    case 'list':
      return Number(isEmpty(value));
    case 'text':
      return value === null ? stateOfNull(trait) : trait.values.indexOf(value as string) + 1;
    case 'items':
      return isEmpty(value) ? 1 : stateOfItems(trait, value);
    case 'colour':
      return 0;
  }
}

function stateOfBoolean(value: unknown): number {
  if (value === false) return 1;
  return value === true ? 2 : 0;
}

/** The last state, where the pack expects that nothing is there. */
function stateOfNull({ nullable, statesCount }: Trait): number {
  return nullable ? statesCount - 1 : 0;
}

function isEmpty(value: unknown): boolean {
  return value === null || (Array.isArray(value) && value.length === 0);
}

/** One more than the set of the values that occur, as bits; 0 when some item has none of them. */
function stateOfItems({ field, fieldFact, values }: Trait, items: unknown): number {
  if (!Array.isArray(items) || items.length > reduceItemsCountMax) return 0;
  const seen = { current: null as unknown };
  let set = 0;
  for (const item of items as readonly unknown[]) {
    seen.current = item;
    const value = fieldFact < 0 ? access(item, [field]) : readFact(fieldFact, seen);
    const bit = values.indexOf(value as string);
    if (bit < 0) return 0;
    set |= 1 << bit;
  }
  return 1 + set;
}

function givenBy({ type, values, field }: Trait, state: number): Given | null {
  if (state === 0) return null;
  switch (type) {
    case 'boolean':
      return { is: 'literal', value: state === 2 };
    case 'integer':
      return { is: state === 1 ? 'integer' : 'null' };
    case 'date':
      return { is: state === 1 ? 'text' : 'null' };
    case 'list':
      return { is: 'empty' };
    case 'text': {
      const value = values[state - 1];
      return value === undefined ? { is: 'null' } : { is: 'literal', value };
    }
    case 'items': {
      const texts = values.filter((_value, bit) => ((state - 1) >> bit) % 2 === 1);
      return texts.length === 0 ? { is: 'empty' } : { is: 'items', field, texts };
    }
    case 'colour':
      return null;
  }
}
