/** Deepest nesting of an expression: a lone literal is one level, its operation the next. */
export const expressionDepthLevelsMax = 64;

/** Most nodes (operations, literals, array elements) of one expression. */
export const expressionNodesCountMax = 10_000;

/** Longest list that one `reduce` walks. */
export const reduceItemsCountMax = 10_000;

/** Most expression nodes that all `reduce` operations of one evaluation may visit: nesting multiplies, this does not. */
export const reduceNodesCountMax = 1_000_000;

/** Most rules in one pack. */
export const packRulesCountMax = 500;

/** Longest text that a rule shows to a holder, in one language. */
export const packTextCharsMax = 300;

/** Longest hold, and longest life of a code, that a pack may ask for. */
export const packDaysMax = 366;

/** Most control-list entries about one person. */
export const factsListEntriesCountMax = 100;

/** Most sub-expressions that one explanation names; what is left out is counted. */
export const explainDecidersCountMax = 8;

/** Most paths that one deciding sub-expression lists. */
export const explainReadsCountMax = 8;

/** Longest text value that an explanation repeats; a longer one is cut and ends in an ellipsis. */
export const explainValueCharsMax = 80;

/** Most thresholds, inputs, colours and tests of one pack. */
export const packThresholdsCountMax = 100;
export const packInputsCountMax = 200;
export const packColoursCountMax = 16;
export const packTestsCountMax = 1000;

/** Most problems that linting one pack lists. */
export const lintProblemsCountMax = 1000;

/** Most journeys, and most statuses of other regions, that the facts about one person hold. */
export const factsReportsCountMax = 100;

/** Most nodes that finding the types of one expression visits; past it nothing more is found out. */
export const lintNodesCountMax = 200_000;

/** Most steps in proving that one rule's condition implies another's; past it there is no proof. */
export const proofStepsCountMax = 5000;

/** The same for all pairs of one pack's rules together. */
export const packProofStepsCountMax = 2_000_000;

/** Most profiles that a pack tells people apart by: a profile is then a small integer to V8. Inputs past it are left aside. */
export const profilesCountMax = 2 ** 31;

/** Most values of a field that a profile looks for in a list: each doubles the profiles. */
export const profileFieldValuesCountMax = 8;

/** Most profiles whose people are counted at once. */
export const profilesSeenCountMax = 10_000;

/** People of one profile that are scored before the pack is compiled for them. */
export const profilePeopleCountMin = 100;

/** Most expression nodes of all that one pack was compiled to for profiles. */
export const profileNodesCountMax = 200_000;
