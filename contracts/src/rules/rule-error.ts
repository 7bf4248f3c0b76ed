/** One complaint about an expression: the part of it that is wrong, and why, in the validation suite's words. */
export interface Problem {
  readonly expr: unknown;
  readonly message: string;
}

/**
 * Why a rule could not be compiled or evaluated. Stable: logs, tests and screens compare these.
 *
 * - `rule-malformed`: the expression is not CertLogic (compile time; `problems` says where)
 * - `rule-type-mismatch`: an operand had the wrong type
 * - `rule-date-malformed`: a text is not in one of CertLogic's date-time formats
 * - `rule-out-of-range`: an integer or a date-time left the range that JSON and ECMAScript can hold
 * - `rule-limit-exceeded`: a list or an evaluation passed a limit of `limits.ts`
 */
export type RuleErrorCode =
  | 'rule-malformed'
  | 'rule-type-mismatch'
  | 'rule-date-malformed'
  | 'rule-out-of-range'
  | 'rule-limit-exceeded';

/** The only error that compiling and evaluating rules throw. The message never holds a value from the data. */
export class RuleError extends Error {
  override readonly name = 'RuleError';
  readonly code: RuleErrorCode;
  /** Filled for `rule-malformed`, else empty. */
  readonly problems: readonly Problem[];

  constructor(code: RuleErrorCode, message: string, problems: readonly Problem[] = []) {
    super(message);
    this.code = code;
    this.problems = problems;
  }
}
