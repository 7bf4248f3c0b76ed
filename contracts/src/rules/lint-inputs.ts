import { COLOURS } from '../code/colour.ts';
import { parseDateTime } from './certlogic-date-time.ts';
import { ANY, type Kind, type Type, textIn, typeOf, unionOf } from './certlogic-types.ts';
import { type PackProblem, packProblem } from './lint-problem.ts';
import type { Complain, Names } from './lint-types.ts';
import type { ScoringPack } from './pack.ts';
import type { PackInput, PackTest } from './pack-inputs.ts';

/** A pack's declarations as names for its expressions, and which of them were asked for. */
export interface Declared {
  readonly names: (complain: Complain) => Names;
  /** Declared and asked for by nobody so far: inputs and thresholds, as problems. */
  unread(): readonly PackProblem[];
  isRead(path: string): boolean;
}

export function declaredBy({ inputs, thresholds }: ScoringPack): Declared {
  const types = new Map<string, Type>(inputs.map((input) => [input.path, inputType(input)]));
  for (const name of Object.keys(thresholds)) types.set(`thresholds.${name}`, typeOf('integer'));
  const read = new Set<string>();
  const unreadAt = (name: string, at: string) =>
    read.has(name) ? [] : [packProblem('input-unread', at, name)];
  return {
    names: (complain) => namesUnder([], { types, read, complain }),
    unread: () => [
      ...inputs.flatMap(({ path }, index) => unreadAt(path, `/inputs/${index}`)),
      ...Object.keys(thresholds).flatMap((name) =>
        unreadAt(`thresholds.${name}`, `/thresholds/${name}`),
      ),
    ],
    isRead: (path) => read.has(path),
  };
}

interface Table {
  readonly types: ReadonlyMap<string, Type>;
  readonly read: Set<string>;
  readonly complain: Complain;
}

/** Paths below `prefix`; the items of a list stand below its path and `*`. */
function namesUnder(prefix: readonly string[], table: Table): Names {
  return {
    typeOf: (path, at) => lookUp([...prefix, ...path].map(starred), at, table),
    itemsOf: (path) => namesUnder([...prefix, ...path.map(starred), '*'], table),
  };
}

function starred(fragment: string): string {
  return /^\d+$/.test(fragment) ? '*' : fragment;
}

function lookUp(path: readonly string[], at: string, { types, read, complain }: Table): Type {
  const name = path.join('.');
  const below = [...types.keys()].filter((known) => name === '' || known.startsWith(`${name}.`));
  const type = types.get(name);
  if (type === undefined && below.length === 0) {
    complain('input-undeclared', at, `"${name}"`);
    return ANY;
  }
  // Whoever reads an item reads the list; whoever reads a whole object reads all that is in it.
  for (let depth = 1; depth <= path.length; depth++) read.add(path.slice(0, depth).join('.'));
  if (type !== undefined) return type;
  for (const known of below) read.add(known);
  return typeOf('object');
}

function inputType(input: PackInput): Type {
  const type = plainType(input);
  return input.nullable === true ? unionOf(type, typeOf('null')) : type;
}

function plainType({ type, values }: PackInput): Type {
  if (type === 'colour') return textIn(COLOURS);
  if (type === 'text' && values !== undefined) return textIn(values);
  return typeOf(type satisfies Kind);
}

/** Tests whose facts are not what an input was declared to be, once an input. */
export function mistyped(inputs: readonly PackInput[], tests: readonly PackTest[]): PackProblem[] {
  return inputs.flatMap((input, index) => {
    const path = input.path.split('.');
    const values = tests.flatMap(({ facts }) => valuesAt(facts, path));
    const wrong = values.find((value) => !fits(input, value));
    if (wrong === undefined) return [];
    const shown = JSON.stringify(wrong).slice(0, 80);
    return [packProblem('input-mistyped', `/inputs/${index}`, input.path, shown)];
  });
}

/** What stands at a path, `*` being every item; a missing list has no items, anything else missing is null. */
function valuesAt(value: unknown, path: readonly string[]): readonly unknown[] {
  const [first, ...rest] = path;
  if (first === undefined) return [value ?? null];
  if (first === '*')
    return Array.isArray(value) ? value.flatMap((item) => valuesAt(item, rest)) : [];
  const fields: object = typeof value === 'object' && value !== null ? value : {};
  return valuesAt(new Map<string, unknown>(Object.entries(fields)).get(first), rest);
}

function fits({ type, values, nullable }: PackInput, value: unknown): boolean {
  if (value === null) return nullable === true;
  switch (type) {
    case 'boolean':
      return typeof value === 'boolean';
    case 'integer':
      return Number.isInteger(value);
    case 'list':
      return Array.isArray(value);
    case 'date':
      return typeof value === 'string' && parseDateTime(value) !== null;
    case 'colour':
      return COLOURS.some((colour) => colour === value);
    case 'text':
      return typeof value === 'string' && (values?.includes(value) ?? true);
  }
}
