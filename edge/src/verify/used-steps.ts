import type { ReplicaKey } from '@greengate/contracts/ids';
import type { MonoMs } from '@greengate/contracts/time';

/** A live code, as far as it matters here: whose, and of which 30 seconds. */
export interface ShownCode {
  readonly key: ReplicaKey;
  readonly step?: number;
}

/** Which live codes were used here: one step of one holder opens one gate once (THREATS T4). */
export interface UsedSteps {
  has(code: ShownCode, now: MonoMs): boolean;
  /** By one passage more: where nothing is checked a code may open twice. */
  mark(code: ShownCode, now: MonoMs): void;
  /** A passage that marked it came to nothing: where it was the only one, its holder may try again with the same code. */
  release(code: ShownCode): void;
}

/** A bounded memory, oldest out first. A code without a holder proof has no step and is never remembered. */
export function createUsedSteps(limits: { ageMs: number; countMax: number }): UsedSteps {
  const used = new Map<string, { readonly at: MonoMs; readonly passages: number }>();

  const forget = (now: MonoMs) => {
    for (const [id, { at }] of used) {
      if (now - at < limits.ageMs && used.size < limits.countMax) break;
      used.delete(id);
    }
  };

  return {
    has(code, now) {
      const held = used.get(idOf(code));
      return held !== undefined && now - held.at < limits.ageMs;
    },
    mark(code, now) {
      if (code.step === undefined) return;
      forget(now);
      const id = idOf(code);
      const passages = 1 + (used.get(id)?.passages ?? 0);
      // Marked again it is the newest.
      used.delete(id);
      used.set(id, { at: now, passages });
    },
    release(code) {
      const id = idOf(code);
      const held = used.get(id);
      if (!held || held.passages === 1) used.delete(id);
      else used.set(id, { ...held, passages: held.passages - 1 });
    },
  };
}

function idOf(code: ShownCode): string {
  return `${code.key}/${code.step ?? ''}`;
}
