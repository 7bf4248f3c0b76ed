import { readFileSync } from 'node:fs';
import type { Colour } from '../../src/code/colour.ts';
import type { ScoringFacts } from '../../src/rules/facts.ts';

export interface ScoreCase {
  readonly name: string;
  readonly facts: ScoringFacts;
  readonly expected: {
    readonly colour: Colour;
    readonly nextColour: Colour;
    readonly validUntil: number;
    readonly rules: readonly string[];
  };
}

export function scoreCases(): readonly ScoreCase[] {
  const url = new URL('../../vectors/rules/scores.json', import.meta.url);
  return (JSON.parse(readFileSync(url, 'utf8')) as { cases: ScoreCase[] }).cases;
}
