import { laneIdSchema, passageIdSchema, replicaKeySchema } from '../src/ids.ts';
import type { GateAlarm, PassageIntent, PassageOutcome } from '../src/wire/passage.ts';
import { NOW } from './sample-codes.ts';

const passage = passageIdSchema.parse('0f'.repeat(16));
const lane = laneIdSchema.parse('lane-a');

export const intent: PassageIntent = {
  kind: 'intent',
  seq: 1,
  at: NOW,
  clock: 'trusted',
  passage,
  lane,
  key: replicaKeySchema.parse('a0a1a2a3a4a5a6a7'),
  verdict: 'admit',
  reason: 'status-green',
  rung: 'replica',
  staleness: 'fresh',
  replicaVer: 103,
  policyVer: 1,
  step: null,
};

export const outcome: PassageOutcome = {
  kind: 'outcome',
  seq: 2,
  at: NOW + 1500,
  passage,
  lane,
  outcome: 'completed',
};

export const alarm: GateAlarm = {
  kind: 'alarm',
  seq: 3,
  at: NOW + 2000,
  lane: null,
  reason: 'journal-late',
};
