import { childrenOf, type Expr } from './certlogic-parse.ts';

/** An expression and where it stands: a JSON pointer into the JSON that it was parsed from. */
export interface Placed<E extends Expr = Expr> {
  readonly expr: E;
  readonly at: string;
}

/** The expressions directly inside one, in order, each with its pointer. */
export function placesIn({ expr, at }: Placed): readonly Placed[] {
  const base = expr.kind === 'array' ? at : `${at}/${expr.kind}`;
  return childrenOf(expr).map((child, i) => ({ expr: child, at: `${base}/${i}` }));
}

/** The one of `placesIn` with this index. */
export function placeIn(place: Placed, index: number): Placed {
  const found = placesIn(place)[index];
  if (found === undefined) throw new RangeError(`"${place.expr.kind}" has no operand ${index}`);
  return found;
}

/** Whether an expression reads nothing, so that its value never changes. */
export function isConstant(expr: Expr): boolean {
  return expr.kind !== 'var' && childrenOf(expr).every(isConstant);
}
