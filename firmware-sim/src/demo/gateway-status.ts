import { z } from 'zod';
import { getJson } from './network.ts';

/** What the demo reads of the panel's status; the panel may say more. */
const statusSchema = z.object({
  lanes: z.array(
    z.object({
      lane: z.string(),
      state: z.string(),
      last: z.object({ verdict: z.string(), reason: z.string(), latencyMs: z.number() }).nullable(),
    }),
  ),
  replica: z.object({
    staleness: z.string(),
    ageMs: z.number().nullable(),
    streams: z.array(z.object({ stream: z.string(), cursor: z.number() })),
  }),
  outbox: z.object({ pending: z.number(), acked: z.number() }),
  journal: z.object({ epoch: z.number(), seq: z.number(), rows: z.number() }),
  cloud: z.object({ reachable: z.boolean(), lastError: z.string().nullable() }),
});
export type GatewayStatus = z.infer<typeof statusSchema>;

export async function readStatus(url: string): Promise<GatewayStatus | undefined> {
  return statusSchema.safeParse(await getJson(url)).data;
}

/** Whether the gateway knows everyone up to that version of the region, and has its rules. */
export function isSynced({ replica }: GatewayStatus, region: string, ver: number): boolean {
  const cursor = (name: string) =>
    replica.streams.find(({ stream }) => stream === name)?.cursor ?? 0;
  return (
    replica.staleness === 'fresh' && cursor('control') > 0 && cursor(`region/${region}`) >= ver
  );
}
