import type { TrustList } from '@greengate/contracts/code/trust';
import { type VerifiedCode, verifyCode } from '@greengate/contracts/code/verify-code';
import type { Crypto } from '@greengate/contracts/crypto';
import { type LaneId, type PassageId, passageIdSchema } from '@greengate/contracts/ids';
import { temperatureCentiCMin } from '@greengate/contracts/limits';
import { type Result, refuse } from '@greengate/contracts/result';
import type { Decision, TemperatureFact } from '@greengate/contracts/rules/admit';
import type { PassageOutcome } from '@greengate/contracts/wire/passage';
import { decide } from './decide/facts.ts';
import type { Clock, Random, ReplicaReader, Scan, Turnstile } from './ports.ts';
import type { Recorded, Recorder } from './record/record.ts';
import type { UsedSteps } from './verify/used-steps.ts';

export interface PassagePorts {
  readonly clock: Clock;
  readonly random: Random;
  readonly crypto: Crypto;
  readonly replica: ReplicaReader;
  readonly usedSteps: UsedSteps;
  readonly recorder: Recorder;
}

/** One person at one lane, from the scan to the last word of the turnstile. */
export interface Passage {
  readonly id: PassageId;
  readonly decision: Decision;
  /** The turnstile said that it took the order. If not, it did not, or its answer was lost. */
  readonly taken: boolean;
  /** From the last thing that was waited for, the scan as a rule, to the order going out. */
  readonly latencyMs: number;
  /**
   * Writes how it ended. `unused`: nobody went through for certain, so the code may be shown again. In doubt it
   * stays used: the holder waits for the next step, and a friend with a copy does not get in.
   */
  close(outcome: PassageOutcome['outcome'], unused: boolean): Promise<void>;
}

/**
 * THE MAIN PATH: scan -> verify -> decide -> record the intent -> actuate -> (close) record the outcome.
 * Nothing here waits for the cloud. The intent is on the disk before anything moves, so that a crash never
 * opens a gate that leaves no trace; past the journal's deadline, or when the disk refuses, the recorder keeps
 * the intent in memory and counts it, and the policy says whether the lane goes on.
 */
export async function passPerson(
  ports: PassagePorts,
  lane: LaneId,
  turnstile: Turnstile,
  scan: Scan,
  temperature: TemperatureFact,
  since = scan.at,
): Promise<Passage> {
  const { clock, random, recorder, usedSteps } = ports;
  const id = passageIdSchema.parse(random.hex(16));

  const { code, decided } = judge(ports, scan, temperature);
  const admitted = decided.verdict === 'admit';
  // Marked before the first await: the same code at the next lane must already find it.
  let marked = admitted && code.ok ? code.value : undefined;
  if (marked) usedSteps.mark(marked, clock.mono());
  const letGo = () => {
    if (marked) usedSteps.release(marked);
    marked = undefined;
  };

  const recorded = await recorder.intent(id, lane, code, decided);
  const told = admitted ? orReferred(decided, recorded, ports) : decided;
  // Nobody goes through, so the code may be shown again.
  if (told.verdict !== 'admit') letGo();

  const latencyMs = clock.mono() - since;
  const action = told.verdict === 'admit' ? 'open' : told.verdict;
  const order = await turnstile.order({ action, passage: id, reason: told.reason } as const);

  const close = async (outcome: PassageOutcome['outcome'], unused: boolean) => {
    if (unused) letGo();
    await recorder.outcome(id, lane, outcome);
  };
  return { id, decision: told, taken: order.ok, latencyMs, close };
}

/** What the policy makes of an admission that is not on the disk. */
function orReferred(decided: Decision, recorded: Recorded, { replica }: PassagePorts): Decision {
  if (recorded === 'durable' || replica.policy()?.whenJournalFails !== 'refer') return decided;
  const reason = recorded === 'late' ? 'journal-late' : 'journal-failed';
  return { verdict: 'refer', reason, rung: 'policy' };
}

/** Tells somebody at a lane that is taken to wait and to show the code again. It is recorded like any other answer. */
export async function turnAway(
  ports: PassagePorts,
  lane: LaneId,
  turnstile: Turnstile,
  scan: Scan,
): Promise<void> {
  const { random, recorder } = ports;
  const id = passageIdSchema.parse(random.hex(16));
  const { code, decided } = judge(ports, scan, NORMAL_READING);
  const reason = 'lane-busy';
  await recorder.intent(id, lane, code, { ...decided, verdict: 'refuse', reason, rung: 'policy' });
  await turnstile.order({ action: 'refuse', passage: id, reason });
  await recorder.outcome(id, lane, 'refused');
}

/** Whether a person with a normal temperature would be let through with this code now. Records nothing. */
export function isWelcome(ports: PassagePorts, scan: Scan): boolean {
  return judge(ports, scan, NORMAL_READING).decided.verdict === 'admit';
}

const NORMAL_READING: TemperatureFact = { kind: 'measured', centiC: temperatureCentiCMin };

function judge(ports: PassagePorts, scan: Scan, temperature: TemperatureFact) {
  const { clock, replica, usedSteps } = ports;
  const code = verify(scan, replica.trust(), ports);
  const used = code.ok && usedSteps.has(code.value, clock.mono());
  return { code, decided: decide(code, used, temperature, ports) };
}

function verify(
  scan: Scan,
  trust: TrustList | undefined,
  { clock, crypto }: PassagePorts,
): Result<VerifiedCode> {
  if (scan.unreadable !== undefined) return refuse(scan.unreadable);
  if (!trust) return refuse('not-provisioned');
  return verifyCode(scan.text, trust, clock.now(), crypto);
}
