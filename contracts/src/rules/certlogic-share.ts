import { type Build, calledOperand, type Evaluate, type Operand } from './certlogic-build.ts';
import { compileNode, plainBuild } from './certlogic-compile.ts';
import { type DateReader, dateReader } from './certlogic-date-time.ts';
import { childrenOf, type Expr } from './certlogic-parse.ts';
import { charge } from './certlogic-reduce.ts';

/**
 * Builds expressions that are evaluated one after the other over the same data, so that what they have in common is
 * evaluated once: by whoever comes to it first, and never when nobody does, so that each still answers, and fails, as it
 * would by itself. The data may change only with `meter.turn`, which every evaluation must be given.
 */
export function sharedBuild(roots: readonly Expr[], metered: boolean): Build {
  const parts = partsOf(roots);
  const operands = new Map<Part, Operand>();
  const readers = new Map<Part, DateReader>();
  const build: Build = {
    operand: (expr) => {
      const part = parts.get(expr);
      return existing(operands, part, () => {
        const operand = compileNode(expr, build);
        return part !== undefined && part.uses > 1 && isWorth(expr) ? remembered(operand) : operand;
      });
    },
    dates: (expr) => existing(readers, parts.get(expr), dateReader),
    // What a lambda sees changes from item to item: nothing in it is shared.
    inner: plainBuild(metered),
    fuses: true,
    metered,
  };
  return build;
}

/** An expression, wherever it stands. */
interface Part {
  readonly id: number;
  uses: number;
}

function existing<T>(made: Map<Part, T>, part: Part | undefined, make: () => T): T {
  if (part === undefined) return make();
  const found = made.get(part);
  if (found !== undefined) return found;
  const value = make();
  made.set(part, value);
  return value;
}

/** Equal expressions that see the same data are one part; what stands in a lambda is none. */
function partsOf(roots: readonly Expr[]): ReadonlyMap<Expr, Part> {
  const byKey = new Map<string, Part>();
  const parts = new Map<Expr, Part>();
  const visit = (expr: Expr): Part => {
    const seen = parts.get(expr);
    if (seen !== undefined) return seen;
    const ids = seenFromOutside(expr).map((child) => visit(child).id);
    const key = JSON.stringify([ownText(expr), ...ids]);
    const known = byKey.get(key);
    const part = known ?? { id: byKey.size, uses: 0 };
    byKey.set(key, part);
    parts.set(expr, part);
    if (known === undefined) for (const child of seenFromOutside(expr)) use(parts.get(child));
    return part;
  };
  for (const root of roots) use(visit(root));
  return parts;
}

function use(part: Part | undefined): void {
  if (part !== undefined) part.uses += 1;
}

function seenFromOutside(expr: Expr): readonly Expr[] {
  return expr.kind === 'reduce' ? [expr.list, expr.initial] : childrenOf(expr);
}

/** What tells an operation from another with the same operands. */
function ownText(expr: Expr): unknown {
  switch (expr.kind) {
    case 'literal':
      return ['literal', expr.value];
    case 'var':
      return ['var', ...expr.path];
    case 'plusTime':
      return ['plusTime', expr.amount, expr.unit];
    case 'extractFromUVCI':
      return ['extractFromUVCI', expr.index];
    case 'reduce':
      return ['reduce', expr.lambda];
    default:
      return expr.kind;
  }
}

/** Remembering costs about as much as reading two facts. */
function isWorth(expr: Expr): boolean {
  return expr.kind !== 'literal' && expr.kind !== 'var' && expr.kind !== 'array';
}

function remembered(operand: Operand): Operand {
  const { evaluate } = operand;
  let turn: number | undefined;
  let value: unknown;
  let nodes = 0;
  const recall: Evaluate = (data, meter) => {
    if (meter === undefined) return evaluate(data);
    if (meter.turn === turn && turn !== undefined) {
      if (nodes > 0) charge(meter, nodes);
      return value;
    }
    const before = meter.reduceNodes;
    value = evaluate(data, meter);
    nodes = meter.reduceNodes - before;
    turn = meter.turn;
    return value;
  };
  return calledOperand(recall);
}
