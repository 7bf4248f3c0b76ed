import { ok } from '@greengate/contracts/result';
import { DEFAULT_POLICY } from '@greengate/contracts/rules/policy';
import { JUDGE_AT_START, judgeSample } from '@greengate/contracts/thermometry/judge';
import { type SiteProfile, siteProfileSchema } from '@greengate/contracts/thermometry/site-profile';
import { epochMs, monoMs } from '@greengate/contracts/time';
import { createPrng } from '../prng.ts';
import { createChance } from './chance.ts';
import { areaUnder, bestPoint, type RocPoint, rocPoint, type Scored } from './roc.ts';
import { drawSeen, type Seen } from './thermal.ts';
import { SCENES, type Scene } from './thermal-parameters.ts';

/** What one rule does in one scene. Temperatures are degrees Celsius. */
export interface RuleResult {
  /** At the fever line, of everybody: whoever is referred is held back. */
  readonly atLine: RocPoint;
  /** Of those who got a temperature; null where nobody did. */
  readonly measured: {
    readonly best: RocPoint;
    readonly area: number;
    readonly curve: readonly RocPoint[];
  } | null;
  /** Of all, the share that was sent to the attendant without a temperature. */
  readonly referred: number;
}

export interface SceneResult {
  readonly scene: string;
  /** 37.3 on what the sensor shows. */
  readonly raw: RuleResult;
  /** The gateway's own judge and site profile, then 37.3. */
  readonly ours: RuleResult;
}

export interface FeverReport {
  readonly seed: number;
  /** Of each kind, with fever and without, in each scene. */
  readonly people: number;
  readonly feverLine: number;
  readonly scenes: readonly SceneResult[];
}

/** Sends a crowd through both rules, scene by scene. */
export function runFever(seed: number, people: number): FeverReport {
  const scenes = SCENES.map((scene) => runScene(scene, seed, people));
  return { seed, people, feverLine: LINE, scenes };
}

const LINE = DEFAULT_POLICY.feverCentiC / 100;
const NOW = epochMs(Date.UTC(2026, 0, 15));
const SAMPLE_MS = 250;

const profile: SiteProfile = siteProfileSchema.parse({
  calibration: { certificate: 'MODEL-1', from: '2026-01-01', until: '2026-12-31' },
});

/** The sweep of both rules. */
const THRESHOLDS = Array.from({ length: 71 }, (_, i) => (3350 + i * 10) / 100);

function runScene(scene: Scene, seed: number, people: number): SceneResult {
  const chance = createChance(createPrng(seed).fork(scene.name));
  const raw: Scored[] = [];
  const ours: Scored[] = [];
  for (let i = 0; i < people * 2; i++) {
    const seen = drawSeen(scene, i % 2 === 0, profile.gate.samples, chance);
    raw.push({ score: rounded(seen.samples.at(-1) ?? Number.NaN), isFebrile: seen.isFebrile });
    ours.push({ score: judged(seen), isFebrile: seen.isFebrile });
  }
  return { scene: scene.name, raw: resultOf(raw), ours: resultOf(ours) };
}

/** What the gateway makes of these samples; Infinity where it would not say a temperature. */
function judged({ samples, ambient }: Seen): number {
  let state = JUDGE_AT_START;
  let celsius = Number.POSITIVE_INFINITY;
  samples.forEach((sample, i) => {
    const step = judgeSample(
      state,
      {
        at: monoMs(i * SAMPLE_MS),
        onForMs: profile.warmUpSeconds * 1000,
        measured: ok({
          objectCentiC: Math.round(sample * 100),
          ambientCentiC: Math.round(ambient * 100),
        }),
      },
      { profile, watches: 'always' },
      NOW,
    );
    state = step.state;
    celsius = step.told?.ok ? step.told.value / 100 : Number.POSITIVE_INFINITY;
  });
  return celsius;
}

function resultOf(scored: readonly Scored[]): RuleResult {
  const measured = scored.filter(({ score }) => score !== Number.POSITIVE_INFINITY);
  return {
    atLine: rocPoint(scored, LINE),
    measured:
      measured.length === 0
        ? null
        : {
            best: bestPoint(measured, THRESHOLDS),
            area: areaUnder(measured),
            curve: THRESHOLDS.map((threshold) => rocPoint(measured, threshold)),
          },
    referred: 1 - measured.length / scored.length,
  };
}

function rounded(celsius: number): number {
  return Math.round(celsius * 100) / 100;
}
