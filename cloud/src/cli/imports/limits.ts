/** Longest row of an import file, its header too: a row of ours is under 200 bytes. */
export const importRowBytesMax = 4096;

/** Most rows of one import file: a province's list in one go. */
export const importRowsCountMax = 5_000_000;

/** Most columns of an import file, so that a file of commas is no work. */
export const importColumnsCountMax = 64;

/** CSV rows that are parsed at once. */
export const importGroupRowsCount = 256;
