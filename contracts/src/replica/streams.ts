import { z } from 'zod';
import type { RegionId } from '../ids.ts';

/** `region/<code>`: everyone's status; `red`: reds alone, first; `control`: keys and policies (PROTOCOLS 3). */
export const streamNameSchema = z
  .string()
  .regex(/^(?:region\/[0-9]{6}|red|control)$/)
  .brand<'StreamName'>();
export type StreamName = z.infer<typeof streamNameSchema>;

export const RED: StreamName = streamNameSchema.parse('red');
export const CONTROL: StreamName = streamNameSchema.parse('control');

export function regionStream(region: RegionId): StreamName {
  return streamNameSchema.parse(`region/${region}`);
}
