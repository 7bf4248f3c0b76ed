import {
  barrels,
  defaultExports,
  idleTests,
  leftOvers,
  longFiles,
  privateNames,
  vagueNames,
} from './code-shape.ts';
import { changelog, decisions, licence } from './documents.ts';
import { limits } from './limits.ts';
import {
  contractsDependencies,
  exactVersions,
  licencesAndEngines,
  oneVersion,
  wholeLockfile,
} from './packages.ts';
import { properties } from './properties.ts';
import { readmeTree } from './readme-tree.ts';
import { reasonCodes } from './reason-codes.ts';
import type { Check } from './repo-files.ts';

/** What the repository promises about its own shape. Each one is seen failing in tidy-plant.test.ts. */
export const checks = {
  "README's tree equals the folders": readmeTree,
  'each reason code is documented and tested': reasonCodes,
  'each limit has a unit and a comment': limits,
  'each property names its test': properties,
  'no file is long': longFiles,
  'no index.ts': barrels,
  'no vague names': vagueNames,
  'no default exports': defaultExports,
  'every test runs': idleTests,
  'nothing is left over': leftOvers,
  'no internal names': privateNames,
  'package versions are exact': exactVersions,
  'one version of a package': oneVersion,
  'the lockfile is whole': wholeLockfile,
  'licences and engines': licencesAndEngines,
  'contracts depends on zod and cborg': contractsDependencies,
  'the changelog has a current section': changelog,
  'decisions are numbered': decisions,
  'the licence is there in full': licence,
} as const satisfies Record<string, Check>;
