import { z } from 'zod';
import { reportedTemperatureSchema, symptomsSchema } from './holder.ts';

/** POST /v1/reports, by the holder: one a day in China Standard Time, a second of the same day replaces the first. */
export const dailyReportSchema = z.strictObject({
  symptoms: symptomsSchema,
  temperatureCentiC: reportedTemperatureSchema,
});
export type DailyReport = z.infer<typeof dailyReportSchema>;

/** One row of GET /v1/reports. */
export const reportRowSchema = dailyReportSchema.extend({
  /** The day that it counts for, in China Standard Time. */
  day: z.iso.date(),
  /** When it was made, milliseconds since 1970. */
  at: z.int().nonnegative(),
});
export type ReportRow = z.infer<typeof reportRowSchema>;

/** The newest day first. `next` is null on the last page. */
export const reportPageSchema = z.strictObject({
  rows: z.array(reportRowSchema),
  next: z.string().nullable(),
});
