import { isReasonCode } from '@greengate/contracts/refusals';
import type { Result } from '@greengate/contracts/result';
import type { Draw } from './draw.ts';

/** What is fuzzed. To add one: a file in `targets/` that exports a Target, and a line in `targets.ts`. */
export interface Target {
  readonly name: string;
  readonly about: string;
  /** Makes what all cases share, and answers what runs one. */
  prepare(): Promise<FuzzCase>;
}

/**
 * Makes one input, hands it to the parser, and answers in a word what came of it: `ok`, or the refusal's code. It throws where
 * the parser did, and where it answered what it may not.
 */
export type FuzzCase = (draw: Draw) => string;

/** A refusal must be one of the registry; anything else is no typed error. */
export function outcomeOf(result: Result<unknown>): string {
  if (result.ok) return 'ok';
  const { code } = result.refusal;
  if (!isReasonCode(code)) throw new TypeError(`no reason code: ${String(code)}`);
  return code;
}

/** A module of the gateway's build: it exports nothing to others, and a copy would be fuzzed in its place. */
export async function builtEdge<T>(path: string): Promise<T> {
  return (await import(new URL(`../../../edge/dist/${path}.js`, import.meta.url).href)) as T;
}
