import { describe } from 'vitest';
import { postgresForTests } from '../postgres.ts';
import { type RunOptions, runCloud } from '../running-cloud.ts';
import { activationSuite } from './activation.case.ts';
import { processSuite } from './processes.case.ts';
import { rolloutSuite } from './rollout.case.ts';

const postgres = await postgresForTests();

describe('packs of a cloud on a libSQL file', () => {
  rolloutSuite(() => runCloud());
  activationSuite(runCloud);
  processSuite(() => runCloud());
});

describe.runIf(postgres !== undefined)('packs of a cloud on PostgreSQL', () => {
  const run = async (options: RunOptions = {}) => {
    if (!postgres) throw new Error('no server');
    return runCloud({ ...options, databaseUrl: await postgres.newDatabase() });
  };
  rolloutSuite(run);
  activationSuite(run);
  processSuite(run);
});
