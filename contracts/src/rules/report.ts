/** Who may be told of a red: `unit` is the employer or school of a holder who has one (DOMAIN 2). */
export const REPORT_TO = ['community', 'unit', 'disease-control'] as const;
export type ReportTo = (typeof REPORT_TO)[number];

/** What it takes to know whom a rule of a pack reports to. */
interface Reporting {
  readonly id: string;
  readonly report?: readonly ReportTo[];
}

/**
 * Whom a pack has told of a red, by the rules that ask for it: everybody whom any of them names, in the order of
 * `REPORT_TO`. A rule that names nobody, and a red that no rule of the pack asks for, are for community and unit.
 */
export function reportOf(
  pack: { readonly rules: readonly Reporting[] },
  redRules: readonly string[],
): readonly ReportTo[] {
  const asking = pack.rules.filter(({ id }) => redRules.includes(id));
  const named = asking.length === 0 ? LOCAL : asking.flatMap(({ report }) => report ?? LOCAL);
  return REPORT_TO.filter((to) => named.includes(to));
}

const LOCAL: readonly ReportTo[] = ['community', 'unit'];
