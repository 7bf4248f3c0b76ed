import type { Expr } from './certlogic-parse.ts';
import { isBounded } from './certlogic-reduce.ts';
import { profileNodesCountMax, profilePeopleCountMin, profilesSeenCountMax } from './limits.ts';
import type { ScoringPack } from './pack.ts';
import { profilesOf } from './score-profile.ts';
import { compileProgram, type ParsedRule, type Program } from './score-program.ts';

/** The programs of one pack: one for everybody, and one each for the profiles that come often. */
export interface Programs {
  for(data: unknown): Program;
}

/**
 * A program for a profile costs about what scoring a hundred people without it does, so it is made once so many came.
 * When there is no room for another, all are forgotten: those that are needed come back.
 */
export function programsOf(
  pack: ScoringPack,
  rules: readonly ParsedRule[],
  codeValidFrom: Expr | null,
): Programs {
  const all = [...rules.flatMap(({ when, holdFrom }) => [when, holdFrom]), codeValidFrom];
  const profiles = profilesOf(
    pack,
    all.every((expr) => expr === null || isBounded(expr)),
  );
  const everybody = compileProgram(rules, codeValidFrom, profiles.given(0));
  const programs = new Map<number, Program>();
  const seen = new Map<number, number>();
  let nodes = 0;
  const meet = (profile: number): Program => {
    const count = (seen.get(profile) ?? 0) + 1;
    if (seen.size >= profilesSeenCountMax) seen.clear();
    seen.set(profile, count);
    if (count < profilePeopleCountMin) return everybody;
    const program = compileProgram(rules, codeValidFrom, profiles.given(profile));
    if (nodes + program.nodesCount > profileNodesCountMax) {
      programs.clear();
      nodes = 0;
    }
    nodes += program.nodesCount;
    programs.set(profile, program);
    seen.delete(profile);
    return program;
  };
  return {
    for: (data) => {
      const profile = profiles.of(data);
      return programs.get(profile) ?? meet(profile);
    },
  };
}
