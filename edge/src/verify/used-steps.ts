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
  mark(code: ShownCode, now: MonoMs): void;
  /** The passage came to nothing: its holder may try again with the same code. */
  release(code: ShownCode): void;
}

/** A bounded memory, oldest out first. A code without a holder proof has no step and is never remembered. */
export function createUsedSteps(limits: { ageMs: number; countMax: number }): UsedSteps {
  const used = new Map<string, MonoMs>();

  const forget = (now: MonoMs) => {
    for (const [id, at] of used) {
      if (now - at < limits.ageMs && used.size < limits.countMax) break;
      used.delete(id);
    }
  };

  return {
    has(code, now) {
      const at = used.get(idOf(code));
      return at !== undefined && now - at < limits.ageMs;
    },
    mark(code, now) {
      if (code.step === undefined) return;
      forget(now);
      used.delete(idOf(code));
      used.set(idOf(code), now);
    },
    release(code) {
      used.delete(idOf(code));
    },
  };
}

function idOf(code: ShownCode): string {
  return `${code.key}/${code.step ?? ''}`;
}
