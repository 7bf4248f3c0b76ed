import type { MonoMs } from '@greengate/contracts/time';
import { sameCodeAgainMs } from './limits.ts';

/**
 * Leaves a code out that a scanner reads again and again while it is held before it. One that has been away for `sameCodeMs`
 * is new, and one that stays is told again after a while: whoever was sent back to wait stands there.
 */
export class SameCode {
  readonly #sameCodeMs: number;
  #text: string | undefined;
  #seenAt = Number.NEGATIVE_INFINITY;
  #toldAt = Number.NEGATIVE_INFINITY;

  constructor(sameCodeMs: number) {
    this.#sameCodeMs = sameCodeMs;
  }

  isNew(text: string, at: MonoMs): boolean {
    const isSame = text === this.#text && at - this.#seenAt < this.#sameCodeMs;
    this.#seenAt = at;
    if (isSame && at - this.#toldAt < sameCodeAgainMs) return false;
    this.#text = text;
    this.#toldAt = at;
    return true;
  }
}
