import { z } from 'zod';

/** The periods and counts of issuing, appeals and overrides, as data: an installation may set its own. */
export const issuingRulesSchema = z.strictObject({
  /** Working hours in which an officer decides. */
  decideHours: z.int().min(1).max(80),
  /** Hours that an applicant has to answer what was asked. */
  answerHours: z.int().min(1).max(720),
  /** How often an officer may ask one applicant for papers or a call; then they decide. */
  asksCount: z.int().min(0).max(10),
  /** Days since a return or a release during which the lists speak against an applicant. */
  exclusionDays: z.int().min(0).max(365),
  /** Hours in which an appeal is decided. */
  appealHours: z.int().min(1).max(168),
  /** Hours after which a proposed override that nobody approved is void. */
  approveHours: z.int().min(1).max(168),
  overrides: z.strictObject({
    /** One person's proposals, and one person's approvals, in any hour and in any day. The database knows 100 a day. */
    perPersonPerHour: z.int().min(1).max(100),
    perPersonPerDay: z.int().min(1).max(100),
    /** What the same two people do together in any day, whoever of them proposes. */
    perPairPerDay: z.int().min(1).max(1000),
    /** All of a region in any day. An outbreak goes through the control lists, not through overrides. */
    perRegionPerDay: z.int().min(1).max(100_000),
    /** Divisions outside their own areas that one person may touch in any day. */
    foreignDivisionsPerDay: z.int().min(0).max(1000),
  }),
});
export type IssuingRules = z.infer<typeof issuingRulesSchema>;

/** What a fresh installation ships with (DOMAIN 2). */
export const ISSUING_RULES: IssuingRules = {
  decideHours: 6,
  answerHours: 72,
  asksCount: 3,
  exclusionDays: 14,
  appealHours: 24,
  approveHours: 24,
  overrides: {
    perPersonPerHour: 10,
    perPersonPerDay: 20,
    perPairPerDay: 10,
    perRegionPerDay: 100,
    foreignDivisionsPerDay: 3,
  },
};
