import type { Expr, IntegerComparison } from './certlogic-parse.ts';
import { truthOf } from './certlogic-values.ts';

/** What is known of the value at a path before an expression is evaluated. */
export type Given =
  | { readonly is: 'literal'; readonly value: Literal }
  | { readonly is: 'null' }
  /** Null, or a list without items. */
  | { readonly is: 'empty' }
  /** A list, not too long for `reduce`, of items that each have one of these texts in one field; and each text occurs. */
  | { readonly is: 'items'; readonly field: string; readonly texts: readonly string[] }
  | { readonly is: 'integer' }
  /** A text that is not empty. */
  | { readonly is: 'text' };

/** Null where nothing is known. */
export type GivenAt = (path: readonly string[]) => Given | null;

type Literal = string | number | boolean;

/** What is left of an expression, and what can be said of its value. */
export interface Residual {
  /** Evaluates to the same value, or fails with the same error. */
  readonly expr: Expr;
  /** Whether it cannot fail. */
  readonly total: boolean;
  /** The value, where there is only one. */
  readonly known: Literal | null | undefined;
  /** Its truth, where that is known. */
  readonly truth: boolean | undefined;
  readonly type: 'boolean' | 'integer' | undefined;
}

type Said = Partial<Pick<Residual, 'known' | 'truth' | 'type'>>;

/** Written out, because objects that others were spread into have a shape each. */
function residual(expr: Expr, total: boolean, { known, truth, type }: Said = {}): Residual {
  return { expr, total, known, truth, type };
}

/**
 * What is left of an expression for data of which something is known. Whatever the rest of the data is, it has the same
 * value, or fails with the same error, and its `reduce` visits as many nodes.
 */
export function residualOf(expr: Expr, given: GivenAt): Residual {
  switch (expr.kind) {
    case 'literal':
      return literal(expr.value);
    case 'var':
      return ofVar(expr, given(expr.path));
    case 'if':
      return ofIf(expr, given);
    case 'and':
      return ofAnd(expr.operands.map((operand) => residualOf(operand, given)));
    case '!':
      return ofNot(residualOf(expr.operand, given));
    case '===':
      return ofEqual(residualOf(expr.left, given), residualOf(expr.right, given));
    case 'in':
      return ofIn(residualOf(expr.left, given), expr.right);
    case 'reduce':
      return ofReduce(expr, given);
    case '<':
    case '>':
    case '<=':
    case '>=':
      return ofComparison(
        expr.kind,
        expr.operands.map((operand) => residualOf(operand, given)),
      );
    case '+':
    case 'array':
    case 'plusTime':
    case 'dccDateOfBirth':
    case 'extractFromUVCI':
      return residual(expr, false);
    default:
      return residual(expr, false, { type: 'boolean' });
  }
}

function literal(value: Literal): Residual {
  const type = typeof value === 'boolean' ? 'boolean' : 'integer';
  const said = { known: value, truth: truthOf(value) === true };
  return residual(
    { kind: 'literal', value },
    true,
    typeof value === 'string' ? said : { ...said, type },
  );
}

type Of<Kind extends Expr['kind']> = Extract<Expr, { readonly kind: Kind }>;

function ofVar(expr: Of<'var'>, given: Given | null): Residual {
  switch (given?.is) {
    case 'literal':
      return literal(given.value);
    case 'null':
      // No literal is null: what reads nothing goes on reading it, where its value is asked for at all.
      return residual(expr, true, { known: null, truth: false });
    case 'empty':
      return residual(expr, true, { truth: false });
    case 'integer':
      return residual(expr, true, { type: 'integer' });
    case 'text':
    case 'items':
      return residual(expr, true, { truth: true });
    default:
      return residual(expr, true);
  }
}

/** Whether the value is truthy or falsy for certain, so that `and` and `!` cannot refuse it. */
function isDefinite({ type, truth }: Residual): boolean {
  return type !== undefined || truth !== undefined;
}

function ofIf(expr: Of<'if'>, given: GivenAt): Residual {
  const guard = residualOf(expr.guard, given);
  if (guard.total && guard.truth !== undefined) {
    return residualOf(guard.truth ? expr.then : expr.otherwise, given);
  }
  const branches = [residualOf(expr.then, given), residualOf(expr.otherwise, given)] as const;
  const [then, otherwise] = [branches[0].expr, branches[1].expr];
  const total = guard.total && branches.every((branch) => branch.total);
  return residual({ kind: 'if', guard: guard.expr, then, otherwise }, total, common(...branches));
}

/** What is true of a value that is one or the other. */
function common(one: Residual, other: Residual): Said {
  const said: { -readonly [key in keyof Said]: Said[key] } = {};
  if (one.truth !== undefined && one.truth === other.truth) said.truth = one.truth;
  if (one.type !== undefined && one.type === other.type) said.type = one.type;
  return said;
}

/** Operands that are true for certain are passed over; nothing after one that is false for certain is come to. */
function ofAnd(all: readonly Residual[]): Residual {
  const end = all.findIndex((one) => one.total && one.truth === false);
  const reached = end < 0 ? all : all.slice(0, end + 1);
  const last = reached.at(-1);
  if (last === undefined) throw new RangeError('an "and" of nothing');
  const asked = reached.slice(0, -1).filter((one) => !(one.total && one.truth === true));
  const left = [...asked, last];
  const total = left.every((one) => one.total && isDefinite(one));
  const isFalse = total && end >= 0;
  if (isFalse && left.every((one) => one.type === 'boolean')) return literal(false);
  if (asked.length === 0 && isDefinite(last)) return last;
  const operands = left.map((one) => one.expr);
  const first: Expr = { kind: 'literal', value: true };
  const and: Expr = {
    kind: 'and',
    operands: operands.length > 1 ? operands : [first, ...operands],
  };
  const type = left.every((one) => one.type === 'boolean') ? 'boolean' : undefined;
  return { expr: and, total, known: undefined, truth: isFalse ? false : undefined, type };
}

function ofNot(operand: Residual): Residual {
  if (operand.total && operand.truth !== undefined) return literal(!operand.truth);
  const total = operand.total && isDefinite(operand);
  return residual({ kind: '!', operand: operand.expr }, total, { type: 'boolean' });
}

function ofEqual(left: Residual, right: Residual): Residual {
  const [one, other] = [left.known, right.known];
  if (one !== undefined && other !== undefined) return literal(one === other);
  // Only two structures are refused, and what is known is none.
  const total = left.total && right.total && (one !== undefined || other !== undefined);
  const expr: Expr = { kind: '===', left: left.expr, right: right.expr };
  return residual(expr, total, { type: 'boolean' });
}

function ofIn(left: Residual, right: Expr): Residual {
  const among = right.kind === 'array' ? right.items : [];
  const values = among.flatMap((item) => (item.kind === 'literal' ? [item.value] : []));
  const isConstant = right.kind === 'array' && values.length === among.length;
  const { known } = left;
  if (isConstant && known !== undefined) return literal(known !== null && values.includes(known));
  const expr: Expr = { kind: 'in', left: left.expr, right };
  return residual(expr, isConstant && left.total, { type: 'boolean' });
}

function ofComparison(kind: IntegerComparison, operands: readonly Residual[]): Residual {
  const expr: Expr = { kind, operands: operands.map((operand) => operand.expr) };
  const total = operands.every((operand) => operand.total && operand.type === 'integer');
  const [left, right] = operands.map((operand) => operand.known);
  if (operands.length === 2 && typeof left === 'number' && typeof right === 'number') {
    return literal(holds[kind](left, right));
  }
  return residual(expr, total, { type: 'boolean' });
}

const holds: Readonly<Record<IntegerComparison, (left: number, right: number) => boolean>> = {
  '<': (left, right) => left < right,
  '>': (left, right) => left > right,
  '<=': (left, right) => left <= right,
  '>=': (left, right) => left >= right,
};

function ofReduce(expr: Of<'reduce'>, given: GivenAt): Residual {
  const known = expr.list.kind === 'var' ? given(expr.list.path) : null;
  if (known?.is === 'empty' || known?.is === 'null') return residualOf(expr.initial, given);
  const { lambda } = expr;
  if (known?.is === 'items' && lambda.kind === 'if' && isAccumulator(lambda.otherwise)) {
    const truths = known.texts.map((text) => truthFor(lambda.guard, known.field, text));
    if (truths.every((truth) => truth === false)) return residualOf(expr.initial, given);
    // "Some item is": where each item says yes or no for certain, and one says yes.
    const some = lambda.then.kind === 'literal' && lambda.then.value === true;
    const whether = truths.includes(true) && !truths.includes(undefined);
    if (some && whether && residualOf(expr.initial, given).known === false) return literal(true);
  }
  return residual(expr, false);
}

function isAccumulator(expr: Expr): boolean {
  return expr.kind === 'var' && expr.path.join('.') === 'accumulator';
}

/** What a condition on an item says of those with that text, without looking at anything else; undefined when it looks. */
function truthFor(condition: Expr, field: string, text: string): boolean | undefined {
  const ofItem = residualOf(condition, ([first, second, ...more]) =>
    first === 'current' && second === field && more.length === 0
      ? { is: 'literal', value: text }
      : null,
  );
  return ofItem.total ? ofItem.truth : undefined;
}
