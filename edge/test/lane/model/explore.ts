/** A system of states and moves that can be walked through completely. */
export interface Model<S> {
  readonly start: S;
  /** What can happen next, each by a name that tells a reader; throws Broken where a promise is broken. */
  moves(state: S): Iterable<readonly [string, () => S]>;
  /** Equal for states that nothing tells apart from here on. */
  key(state: S): string;
}

/** A promise that does not hold, by its name. */
export class Broken extends Error {
  override readonly name = 'Broken';
}

export interface Explored {
  readonly states: number;
  readonly transitions: number;
  /** Moves on the longest of the shortest paths. */
  readonly depth: number;
  /** Whether every state that can be reached was seen. */
  readonly complete: boolean;
  readonly violation: { readonly promise: string; readonly path: readonly string[] } | undefined;
}

/** Breadth first, so that the first violation has a shortest path. */
export function explore<S>(model: Model<S>, statesCountMax: number): Explored {
  const seen = new Set([model.key(model.start)]);
  // Where each state came from, by its number: the path is read backwards.
  const parents: number[] = [-1];
  const names: string[] = [''];
  let layer: { readonly state: S; readonly at: number }[] = [{ state: model.start, at: 0 }];
  let transitions = 0;
  let depth = 0;

  const pathTo = (at: number): string[] => {
    const path: string[] = [];
    for (let i = at; i > 0; i = parents[i] ?? 0) path.unshift(names[i] ?? '');
    return path;
  };
  const result = (violation: Explored['violation'], complete: boolean): Explored => ({
    states: seen.size,
    transitions,
    depth,
    complete,
    violation,
  });

  while (layer.length > 0) {
    const following: typeof layer = [];
    for (const { state, at } of layer) {
      for (const [name, move] of model.moves(state)) {
        transitions += 1;
        let next: S;
        try {
          next = move();
        } catch (error) {
          if (!(error instanceof Broken)) throw error;
          return result({ promise: error.message, path: [...pathTo(at), name] }, false);
        }
        const key = model.key(next);
        if (seen.has(key)) continue;
        if (seen.size >= statesCountMax) return result(undefined, false);
        seen.add(key);
        parents.push(at);
        names.push(name);
        following.push({ state: next, at: parents.length - 1 });
      }
    }
    layer = following;
    if (layer.length > 0) depth += 1;
  }
  return result(undefined, true);
}
