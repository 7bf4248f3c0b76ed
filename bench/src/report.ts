import { z } from 'zod';

/**
 * One measured figure. `peer` names what it is held against and `ratio` is ours over the peer, turned so that bigger is
 * better; `target` is for the ratio when there is one and else for the value, and `met` says whether it was reached.
 */
const benchResult = z
  .strictObject({
    name: z.string().min(1),
    value: z.number(),
    unit: z.string().min(1),
    peer: z.string().min(1).exactOptional(),
    ratio: z.number().positive().exactOptional(),
    target: z.number().exactOptional(),
    met: z.boolean().exactOptional(),
  })
  .refine((r) => (r.peer === undefined) === (r.ratio === undefined), 'peer and ratio go together')
  .refine((r) => (r.target === undefined) === (r.met === undefined), 'target and met go together');

export const benchReport = z.strictObject({
  bench: z.string().min(1),
  commit: z.union([z.string().regex(/^[0-9a-f]{40}$/), z.literal('unknown')]),
  node: z.string().regex(/^v\d+\.\d+\.\d+/),
  cpus: z.int().positive(),
  measuredAt: z.iso.datetime(),
  machine: z.strictObject({
    cpu: z.string().min(1),
    memoryGiB: z.number().positive(),
    os: z.string().min(1),
  }),
  results: z
    .array(benchResult)
    .min(1)
    .refine(
      (all) => new Set(all.map(({ name }) => name)).size === all.length,
      'a name stands twice',
    ),
});

export type BenchResult = z.infer<typeof benchResult>;
export type BenchReport = z.infer<typeof benchReport>;

/** Throws when the results are not what the report promises: a bench that returns them so is a bug. */
export function reportOf(about: Omit<BenchReport, 'results'>, results: unknown): BenchReport {
  return benchReport.parse({ ...about, results });
}
