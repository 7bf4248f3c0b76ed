/** Places for held requests: so many in all, so many for one gateway, so that none can take them all. */
export interface Places {
  /** Answers how to give the place back; undefined when there is none. `ownCountMax` is for who may have more. */
  take(who: string, ownCountMax?: number): (() => void) | undefined;
}

export function makePlaces(countMax: number, perOneCountMax: number): Places {
  const held = new Map<string, number>();
  let count = 0;
  return {
    take(who, ownCountMax = perOneCountMax) {
      const own = held.get(who) ?? 0;
      if (count >= countMax || own >= ownCountMax) return undefined;
      count += 1;
      held.set(who, own + 1);
      return () => {
        count -= 1;
        const left = (held.get(who) ?? 1) - 1;
        if (left === 0) held.delete(who);
        else held.set(who, left);
      };
    },
  };
}
