/** Batches that were made `batchesCount` turns ago: what comes out has long left the caches that making it filled. */
export interface Ring<T> {
  /** The oldest batch, in whose place the next one is made. Undefined once all have been handed out. */
  next(): readonly T[] | undefined;
}

/** `total` things in batches, of which never more than `batchesCount` are in memory; `total` is a multiple of `batchSize`. */
export function ringOf<T>(
  make: (index: number) => T,
  {
    total,
    batchSize,
    batchesCount,
  }: Readonly<Record<'total' | 'batchSize' | 'batchesCount', number>>,
): Ring<T> {
  let made = 0;
  const batch = (): readonly T[] => {
    const size = Math.min(batchSize, total - made);
    made += size;
    return Array.from({ length: size }, (_, index) => make(made - size + index));
  };
  const waiting: (readonly T[])[] = [];
  return {
    next: () => {
      while (made < total && waiting.length < batchesCount) waiting.push(batch());
      return waiting.shift();
    },
  };
}
