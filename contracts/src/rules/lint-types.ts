import type { Expr } from './certlogic-parse.ts';
import { type Placed, placeIn, placesIn } from './certlogic-place.ts';
import {
  ANY,
  can,
  equalityOf,
  falsyOf,
  type Kind,
  kindsShown,
  literalType,
  sameType,
  type Type,
  typeOf,
  unionOf,
} from './certlogic-types.ts';
import { lintNodesCountMax } from './limits.ts';
import type { PackProblemCode } from './lint-problem.ts';

/** What the variables of an expression are: the facts at its root, an item and an accumulator inside a `reduce`. */
export interface Names {
  typeOf(path: readonly string[], at: string): Type;
  /** The names inside a `reduce` over `list`, when it is a path of these names. */
  itemsOf(list: readonly string[]): Names;
}

export type Complain = (code: PackProblemCode, at: string, name: string, detail?: string) => void;

/** The type of an expression's value; complains of operands that can never do what their operation needs. */
export function inferType(place: Placed, names: Names, complain: Complain): Type {
  return infer(place, { names, complain, work: { nodes: 0 } });
}

interface Context {
  readonly names: Names;
  readonly complain: Complain;
  readonly work: { nodes: number };
}

function infer(place: Placed, context: Context): Type {
  const { expr, at } = place;
  // Nested reductions multiply the rounds below; past the limit nothing more is known, and nothing complained of.
  context.work.nodes += 1;
  if (context.work.nodes > lintNodesCountMax) return ANY;
  switch (expr.kind) {
    case 'literal':
      return literalType(expr.value);
    case 'var':
      return context.names.typeOf(expr.path, at);
    case 'array':
      for (const item of placesIn(place)) infer(item, context);
      return typeOf('list');
    case 'if':
      return inferIf(place, context);
    case 'and':
      return inferAnd(place, context);
    case '!':
      truth(placeIn(place, 0), context);
      return typeOf('boolean');
    case '===':
      return inferEqual(place, context);
    case 'in':
      return inferIn(place, context);
    case 'reduce':
      return inferReduce(place, context);
    default:
      return inferOperands(place, expr.kind, context);
  }
}

type Plain = Exclude<
  Expr['kind'],
  'literal' | 'var' | 'array' | 'if' | 'and' | '!' | '===' | 'in' | 'reduce'
>;

/** Operations that want one kind of every operand and always answer another. */
function inferOperands(place: Placed, kind: Plain, context: Context): Type {
  const { wants, answers } = signatures[kind];
  for (const operand of placesIn(place)) demand(operand, wants, context);
  return typeOf(...answers);
}

const comparesIntegers = { wants: ['integer'], answers: ['boolean'] } as const;
const comparesInstants = { wants: ['instant'], answers: ['boolean'] } as const;
const readsDate = { wants: ['date'], answers: ['instant'] } as const;

const signatures: Readonly<
  Record<Plain, { readonly wants: readonly Kind[]; readonly answers: readonly Kind[] }>
> = {
  '+': { wants: ['integer'], answers: ['integer'] },
  '<': comparesIntegers,
  '>': comparesIntegers,
  '<=': comparesIntegers,
  '>=': comparesIntegers,
  after: comparesInstants,
  before: comparesInstants,
  'not-after': comparesInstants,
  'not-before': comparesInstants,
  plusTime: readsDate,
  dccDateOfBirth: readsDate,
  extractFromUVCI: { wants: ['text', 'date', 'null'], answers: ['text', 'null'] },
};

function demand(operand: Placed, wants: readonly Kind[], context: Context): Type {
  const type = infer(operand, context);
  if (can(type, ...wants)) return type;
  const { expr, at } = operand;
  const notDate =
    wants.includes('date') && expr.kind === 'literal' && typeof expr.value === 'string';
  if (notDate) context.complain('date-unparseable', at, shownExpr(expr));
  else context.complain('type-impossible', at, shownExpr(expr), wants.join(' / '));
  return type;
}

/** An instant is neither truthy nor falsy, so it must not stand where a truth is asked for. */
function truth(operand: Placed, context: Context): Type {
  return demand(operand, ['boolean', 'integer', 'text', 'date', 'list', 'object', 'null'], context);
}

function inferIf(place: Placed, context: Context): Type {
  truth(placeIn(place, 0), context);
  return unionOf(infer(placeIn(place, 1), context), infer(placeIn(place, 2), context));
}

/** The first falsy operand is the answer, else the last. */
function inferAnd(place: Placed, context: Context): Type {
  const types = placesIn(place).map((operand) => truth(operand, context));
  const last = types.at(-1) ?? ANY;
  return types.slice(0, -1).map(falsyOf).reduce(unionOf, last);
}

function inferEqual(place: Placed, context: Context): Type {
  const [left, right] = [placeIn(place, 0), placeIn(place, 1)];
  const types = [infer(left, context), infer(right, context)] as const;
  compare([left, types[0]], [right, types[1]], context);
  return typeOf('boolean');
}

function inferIn(place: Placed, context: Context): Type {
  const [member, list] = [placeIn(place, 0), placeIn(place, 1)];
  const type = infer(member, context);
  demand(list, ['list'], context);
  if (list.expr.kind === 'array') {
    for (const item of placesIn(list)) {
      compare([member, type], [item, infer(item, context)], context);
    }
  }
  return typeOf('boolean');
}

type Side = readonly [Placed, Type];

/** Names the literal of the two when they can never be equal: it is the one to correct. */
function compare(left: Side, right: Side, { complain }: Context): void {
  const equality = equalityOf(left[1], right[1]);
  if (equality === 'possible') return;
  const [wrong, other] = left[0].expr.kind === 'literal' ? [left, right] : [right, left];
  const possible = other[1].texts?.join(', ') ?? kindsShown(other[1]);
  complain(equality, wrong[0].at, shownExpr(wrong[0].expr), possible);
}

function inferReduce(place: Placed, context: Context): Type {
  const [list, lambda, initial] = [placeIn(place, 0), placeIn(place, 1), placeIn(place, 2)];
  demand(list, ['list', 'null'], context);
  const items = list.expr.kind === 'var' ? context.names.itemsOf(list.expr.path) : unknownNames;
  const named = (accumulator: Type): Names => lambdaNames(context.names, items, accumulator);
  // What the accumulator can be is found by going round until nothing new comes; only then may anyone complain.
  let accumulator = infer(initial, context);
  for (let round = 0; round < roundsMost; round++) {
    const found = infer(lambda, { ...context, names: named(accumulator), complain: () => {} });
    const wider = unionOf(accumulator, found);
    if (sameType(wider, accumulator)) break;
    accumulator = round === roundsMost - 1 ? ANY : wider;
  }
  infer(lambda, { ...context, names: named(accumulator) });
  return accumulator;
}

const roundsMost = 4;

const unknownNames: Names = { typeOf: () => ANY, itemsOf: () => unknownNames };

function lambdaNames(outer: Names, items: Names, accumulator: Type): Names {
  const route = (path: readonly string[]): readonly [Names, readonly string[]] => {
    const [first, ...rest] = path;
    if (first === 'current') return [items, rest];
    return first === 'data' ? [outer, rest] : [unknownNames, rest];
  };
  return {
    typeOf: (path, at) => {
      if (path.length === 1 && path[0] === 'accumulator') return accumulator;
      const [names, rest] = route(path);
      return names.typeOf(rest, at);
    },
    itemsOf: (path) => {
      const [names, rest] = route(path);
      return names.itemsOf(rest);
    },
  };
}

function shownExpr(expr: Expr): string {
  if (expr.kind === 'literal') return JSON.stringify(expr.value).slice(0, 80);
  return expr.kind === 'var' ? `"${expr.path.join('.').slice(0, 80)}"` : `"${expr.kind}"`;
}
