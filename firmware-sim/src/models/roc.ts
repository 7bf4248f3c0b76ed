/** One person: how hot a rule takes them to be, and whether they have fever. Infinity: sent to the attendant anyway. */
export interface Scored {
  readonly score: number;
  readonly isFebrile: boolean;
}

/** What a threshold does: whoever scores at or above it is held back. */
export interface RocPoint {
  readonly threshold: number;
  /** Of those with fever, the share held back. */
  readonly sensitivity: number;
  /** Of those without, the share let through. */
  readonly specificity: number;
}

export function rocPoint(scored: readonly Scored[], threshold: number): RocPoint {
  let febrile = 0;
  let held = 0;
  let through = 0;
  for (const { score, isFebrile } of scored) {
    if (isFebrile) {
      febrile += 1;
      if (score >= threshold) held += 1;
    } else if (score < threshold) through += 1;
  }
  const healthy = scored.length - febrile;
  return { threshold, sensitivity: held / febrile, specificity: through / healthy };
}

/** The threshold with the most of both (Youden). */
export function bestPoint(scored: readonly Scored[], thresholds: readonly number[]): RocPoint {
  const points = thresholds.map((threshold) => rocPoint(scored, threshold));
  return points.reduce((best, point) =>
    point.sensitivity + point.specificity > best.sensitivity + best.specificity ? point : best,
  );
}

/** Area under the curve: how often somebody with fever scores above somebody without, ties being half. */
export function areaUnder(scored: readonly Scored[]): number {
  const sorted = scored.toSorted((a, b) => (a.score < b.score ? -1 : a.score > b.score ? 1 : 0));
  let febrile = 0;
  let rankSum = 0;
  for (let from = 0; from < sorted.length; ) {
    let to = from;
    while (to < sorted.length && sorted[to]?.score === sorted[from]?.score) to += 1;
    // Who scores alike shares the middle of their ranks.
    const rank = (from + 1 + to) / 2;
    for (let i = from; i < to; i++) {
      if (!sorted[i]?.isFebrile) continue;
      febrile += 1;
      rankSum += rank;
    }
    from = to;
  }
  const healthy = sorted.length - febrile;
  return (rankSum - (febrile * (febrile + 1)) / 2) / (febrile * healthy);
}
