/** How a cost moves with size: what each tenfold adds, and the largest size against the smallest. */
export interface Slope {
  /** Least squares of the cost against log10 of the size, in the unit of the cost. */
  readonly perTenfold: number;
  /** Cost at the largest size over the cost at the smallest. */
  readonly growth: number;
}

/** Of at least two sizes, in ascending order. */
export function slopeOf(
  points: readonly { readonly size: number; readonly cost: number }[],
): Slope {
  const [first, last] = [points[0], points.at(-1)];
  if (first === undefined || last === undefined || first === last) throw new RangeError('no slope');
  const xs = points.map(({ size }) => Math.log10(size));
  const [meanX, meanY] = [mean(xs), mean(points.map(({ cost }) => cost))];
  let [covariance, variance] = [0, 0];
  for (const { size, cost } of points) {
    const dx = Math.log10(size) - meanX;
    covariance += dx * (cost - meanY);
    variance += dx * dx;
  }
  return { perTenfold: covariance / variance, growth: last.cost / first.cost };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
