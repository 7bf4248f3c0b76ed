import type { Evaluate, Meter } from './certlogic-build.ts';
import { compileExpr } from './certlogic-compile.ts';
import type { Expr } from './certlogic-parse.ts';
import { isConstant, type Placed, placeIn, placesIn } from './certlogic-place.ts';
import { pathsReadBy } from './certlogic-reads.ts';
import { access, truthOf } from './certlogic-values.ts';
import { identical, shownValue } from './explain-shown.ts';
import { answerTexts, type Finding, textsOf } from './explain-texts.ts';
import { explainDecidersCountMax, explainReadsCountMax, reduceNodesCountMax } from './limits.ts';
import { RuleError, type RuleErrorCode } from './rule-error.ts';

/** A value found in the data. Inside a list the path has the index: `lists.0.kind`. */
export interface Read {
  readonly path: string;
  readonly value: unknown;
}

/** One operand that the answer hangs on. Values are shown: long texts are cut, structures become a note of their size. */
export interface Decider {
  /** JSON pointer of the operand in the expression; empty is the whole of it. */
  readonly at: string;
  /** The operation in which it decided; null when it stands for itself. */
  readonly operator: string | null;
  readonly value: unknown;
  /** The operands that it was held against. */
  readonly against: readonly unknown[];
  /** What the operation answered; null when it failed. */
  readonly answer: unknown;
  readonly reads: readonly Read[];
  readonly zh: string;
  readonly en: string;
}

export interface Explanation {
  /** The rule's answer as shown; null when the evaluation failed. */
  readonly result: unknown;
  /** Why there is no answer, else null. */
  readonly error: RuleErrorCode | null;
  /** Never empty. Each alone could have changed the answer, the others being as they are. */
  readonly deciders: readonly Decider[];
  /** How many more there are. */
  readonly omitted: number;
  readonly zh: string;
  readonly en: string;
}

/** Evaluates an expression once more and follows the answer down to the operands that made it. */
export function explainExpr(expr: Expr, data: unknown): Explanation {
  const closures = new Map<Expr, Evaluate>();
  compileExpr(expr, (node, evaluate) => {
    closures.set(node, evaluate);
    return evaluate;
  });
  const walk: Walk = { closures, spent: 0, deciders: [], omitted: 0 };
  const root: Site = { expr, at: '', data, nameOf: (path) => path };
  const outcome = attempt(walk, root);
  if ('error' in outcome) locate(walk, root, outcome.error);
  else decide(walk, root);
  const result = 'error' in outcome ? null : shownValue(outcome.value);
  const error = 'error' in outcome ? outcome.error : null;
  const { deciders, omitted } = walk;
  return { result, error, deciders, omitted, ...answerTexts(result, error, deciders, omitted) };
}

interface Walk {
  readonly closures: ReadonlyMap<Expr, Evaluate>;
  /** Nodes that `reduce` has visited for this explanation. */
  spent: number;
  readonly deciders: Decider[];
  omitted: number;
}

/** An expression with the data that it sees, and the name that its paths have in the data of the whole rule. */
interface Site extends Placed {
  readonly data: unknown;
  readonly nameOf: (path: string) => string;
}

type Outcome = { readonly value: unknown } | { readonly error: RuleErrorCode };

function attempt(walk: Walk, { expr, data }: Pick<Site, 'expr' | 'data'>): Outcome {
  const evaluate = walk.closures.get(expr);
  if (evaluate === undefined) return { value: expr.kind === 'literal' ? expr.value : null };
  const meter: Meter = { reduceNodes: 0 };
  try {
    return { value: evaluate(data, meter) };
  } catch (error) {
    if (error instanceof RuleError) return { error: error.code };
    throw error;
  } finally {
    walk.spent += meter.reduceNodes;
  }
}

/** For what is known to have evaluated already. */
function valueAt(walk: Walk, site: Site): unknown {
  const outcome = attempt(walk, site);
  return 'error' in outcome ? null : outcome.value;
}

function inside(site: Site, index: number): Site {
  return { ...site, ...placeIn(site, index) };
}

function allInside(site: Site): readonly Site[] {
  return placesIn(site).map((place) => ({ ...site, ...place }));
}

function decide(walk: Walk, site: Site): void {
  // Nesting reduces multiplies the work of looking; past the limit the part reached stands for what is in it.
  const look = exhausted(walk) ? standsAlone : (looks[site.expr.kind] ?? decideComparison);
  look(walk, site);
}

function exhausted(walk: Walk): boolean {
  return walk.spent > reduceNodesCountMax * workFactor;
}

const looks: Partial<Record<Expr['kind'], (walk: Walk, site: Site) => void>> = {
  if: decideIf,
  and: decideAnd,
  '!': (walk, site) => decide(walk, inside(site, 0)),
  reduce: decideReduce,
  '===': decideComparison,
  in: decideComparison,
  literal: standsAlone,
  var: standsAlone,
  array: standsAlone,
  '+': standsAlone,
  plusTime: standsAlone,
  dccDateOfBirth: standsAlone,
  extractFromUVCI: standsAlone,
};

/** An explanation may visit this many times what one evaluation may. */
const workFactor = 4;

/** The branch taken decides; so does the guard, when the other branch would have answered differently. */
function decideIf(walk: Walk, site: Site): void {
  const guard = inside(site, 0);
  const holds = truthOf(valueAt(walk, guard)) === true;
  const taken = inside(site, holds ? 1 : 2);
  const other = attempt(walk, inside(site, holds ? 2 : 1));
  const same = 'value' in other && identical(other.value, valueAt(walk, taken));
  const constant = taken.expr.kind === 'literal';
  if (!constant) decide(walk, taken);
  if (constant || !same) decide(walk, guard);
}

/** The first operand that fails decides; when none does, each of them was needed. */
function decideAnd(walk: Walk, site: Site): void {
  const operands = allInside(site);
  const failing = operands.find((operand) => truthOf(valueAt(walk, operand)) === false);
  for (const operand of failing === undefined ? operands : [failing]) decide(walk, operand);
}

/** Compared are neighbours: a chain of three holds by both its pairs, and fails by the first pair that does. */
function decideComparison(walk: Walk, site: Site): void {
  const operands = allInside(site);
  const pairs = operands.slice(1).map((right, i) => [operands[i] ?? right, right] as const);
  const failing = pairs.find((pair) => !pairHolds(site, pair));
  const telling = valueAt(walk, site) === true || failing === undefined ? pairs : [failing];
  for (const pair of telling) decidePair(walk, site, pair);
}

function pairHolds(site: Site, [left, right]: readonly [Site, Site]): boolean {
  if (site.expr.kind === '===' || site.expr.kind === 'in') return false;
  const pair = { ...site.expr, operands: [left.expr, right.expr] } as Expr;
  return compileExpr(pair)(site.data, { reduceNodes: 0 }) === true;
}

/** The operand that can change is the one to name; the others are what it is held against. */
function decidePair(walk: Walk, site: Site, operands: readonly Site[]): void {
  const named = operands.find((operand) => !isConstant(operand.expr)) ?? operands[0] ?? site;
  const against = operands.filter((operand) => operand !== named);
  const own = readsOf(named);
  add(walk, {
    at: named.at,
    operator: site.expr.kind,
    value: valueAt(walk, named),
    against: against.map((operand) => valueAt(walk, operand)),
    answer: valueAt(walk, site),
    reads: [
      ...new Map([...own, ...against.flatMap(readsOf)].map((read) => [read.path, read])).values(),
    ],
    own: own.length,
    role: operands.indexOf(named) === 0 ? 'subject' : 'object',
  });
}

/** The last item that changed the answer decides it; when none did, the list as a whole does. */
function decideReduce(walk: Walk, site: Site): void {
  const steps = stepsOf(walk, site);
  if (exhausted(walk)) {
    standsAlone(walk, site);
    return;
  }
  const changed = steps.findLastIndex(({ before, after }) => !identical(before, after));
  const deciding = steps[changed];
  if (deciding !== undefined) {
    decide(walk, deciding.site);
    return;
  }
  const list = inside(site, 0);
  add(walk, {
    at: list.at,
    operator: 'reduce',
    value: valueAt(walk, list),
    against: [],
    answer: valueAt(walk, site),
    reads: readsOf(list),
    role: 'subject',
  });
}

interface Step {
  /** The lambda at one item. */
  readonly site: Site;
  readonly before: unknown;
  readonly after: unknown;
}

/** Replays a reduction item by item; stops at the item that fails, or where the work is spent. */
function stepsOf(walk: Walk, site: Site): readonly Step[] {
  const list = inside(site, 0);
  const items = valueAt(walk, list);
  const steps: Step[] = [];
  let before = valueAt(walk, inside(site, 2));
  for (const [index, item] of Array.isArray(items) ? items.entries() : []) {
    const step = lambdaSite(site, list, index, { accumulator: before, current: item ?? null });
    const outcome = attempt(walk, step);
    steps.push({ site: step, before, after: 'value' in outcome ? outcome.value : null });
    if ('error' in outcome || exhausted(walk)) break;
    before = outcome.value;
  }
  return steps;
}

function lambdaSite(
  site: Site,
  list: Site,
  index: number,
  seen: { readonly accumulator: unknown; readonly current: unknown },
): Site {
  const item =
    list.expr.kind === 'var'
      ? [site.nameOf(list.expr.path.join('.')), index].filter((part) => part !== '').join('.')
      : `reduce[${index}]`;
  return {
    ...inside(site, 1),
    data: { ...seen, data: site.data },
    nameOf: (path) => {
      if (path === 'current') return item;
      if (path.startsWith('current.')) return `${item}${path.slice('current'.length)}`;
      return path.startsWith('data.') ? site.nameOf(path.slice('data.'.length)) : path;
    },
  };
}

/** Finds the innermost part whose operands all evaluate and which itself does not. */
function locate(walk: Walk, site: Site, error: RuleErrorCode): void {
  const failing = exhausted(walk) ? undefined : failingIn(walk, site);
  if (failing !== undefined) {
    locate(walk, failing.site, failing.error);
    return;
  }
  const { expr, at } = site;
  const reads = readsOf(site);
  add(walk, { at, operator: expr.kind, value: null, against: [], answer: null, reads, error });
}

function failingIn(
  walk: Walk,
  site: Site,
): { readonly site: Site; readonly error: RuleErrorCode } | undefined {
  for (const child of visited(walk, site)) {
    const outcome = attempt(walk, child);
    if ('error' in outcome) return { site: child, error: outcome.error };
  }
  return undefined;
}

/** The parts that an evaluation looks at, lazily as it does, in its order. */
function* visited(walk: Walk, site: Site): Generator<Site> {
  const children = allInside(site);
  if (site.expr.kind === 'if') {
    const guard = inside(site, 0);
    yield guard;
    yield inside(site, truthOf(valueAt(walk, guard)) === true ? 1 : 2);
  } else if (site.expr.kind === 'reduce') {
    yield inside(site, 0);
    yield inside(site, 2);
    for (const step of stepsOf(walk, site)) yield step.site;
  } else {
    for (const child of children) {
      yield child;
      if (site.expr.kind === 'and' && truthOf(valueAt(walk, child)) !== true) return;
    }
  }
}

function standsAlone(walk: Walk, site: Site): void {
  const value = valueAt(walk, site);
  const reads = readsOf(site);
  add(walk, { at: site.at, operator: null, value, against: [], answer: value, reads });
}

function readsOf(site: Site): readonly Read[] {
  return pathsReadBy(site.expr).map((path) => ({
    path: site.nameOf(path),
    value: shownValue(access(site.data, path === '' ? [] : path.split('.'))),
  }));
}

function add(walk: Walk, finding: Finding): void {
  if (walk.deciders.length >= explainDecidersCountMax) {
    walk.omitted += 1;
    return;
  }
  const { role: _role, own: _own, error: _error, ...told } = finding;
  const shown = {
    ...told,
    value: shownValue(finding.value),
    against: finding.against.map(shownValue),
    answer: shownValue(finding.answer),
    reads: finding.reads.slice(0, explainReadsCountMax),
  };
  walk.deciders.push({ ...shown, ...textsOf({ ...finding, ...shown }) });
}
