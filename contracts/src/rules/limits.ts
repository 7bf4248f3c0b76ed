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
