import { type CompiledRule, compileExpression, parseOrThrow } from './certlogic-compile.ts';
import { type Explanation, explainExpr } from './certlogic-explain.ts';
import { parseRule } from './certlogic-parse.ts';
import { lintAnyPack } from './lint.ts';
import type { PackProblem } from './lint-problem.ts';
import type { Problem } from './rule-error.ts';

/**
 * Compiles a CertLogic 1.3.2 expression once; evaluating it parses nothing again.
 *
 * Throws `RuleError` `rule-malformed` exactly when `validateRule` has something to say. The result of an
 * evaluation is JSON, or a `CertLogicDateTime` (which serialises to ISO 8601). One addition, which the
 * specification names as possible: a `reduce` lambda also sees the outer context, as `data`.
 * https://github.com/ehn-dcc-development/dgc-business-rules/tree/main/certlogic/specification
 */
export function compileRule(expression: unknown): CompiledRule {
  return compileExpression(expression);
}

/** What is wrong with an expression, in the wording of the CertLogic validation suite; empty when it is valid. */
export function validateRule(expression: unknown): readonly Problem[] {
  return parseRule(expression).problems;
}

/**
 * Which sub-expressions decided an answer, with the paths and values that they read, in Chinese and English.
 * The same expression and data explain themselves in the same bytes; the output is bounded by `limits.ts`.
 *
 * An evaluation that fails is explained too: by the part that failed. Throws `RuleError` `rule-malformed` only.
 */
export function explainRule(expression: unknown, data: unknown): Explanation {
  return explainExpr(parseOrThrow(expression), data);
}

/** Everything that speaks against publishing a pack; empty when nothing does. Never throws. docs/rules.md lists the codes. */
export function lintPack(pack: unknown): readonly PackProblem[] {
  return lintAnyPack(pack);
}
