import { describe } from 'vitest';
import { postgresForTests } from '../postgres.ts';
import { runCloud } from '../running-cloud.ts';
import { processSuite } from './processes.case.ts';
import { rolloutSuite } from './rollout.case.ts';

const postgres = await postgresForTests();

describe('packs of a cloud on a libSQL file', () => {
  rolloutSuite(() => runCloud());
  processSuite(() => runCloud());
});

describe.runIf(postgres !== undefined)('packs of a cloud on PostgreSQL', () => {
  const run = async () => {
    if (!postgres) throw new Error('no server');
    return runCloud({ databaseUrl: await postgres.newDatabase() });
  };
  rolloutSuite(run);
  processSuite(run);
});
