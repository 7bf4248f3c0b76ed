import { describe, expect, test } from 'vitest';
import { parseOptions } from '../src/demo/options.ts';

describe('demo options', () => {
  test('defaults', () => {
    expect(parseOptions([])).toEqual({
      kind: 'run',
      options: {
        seconds: undefined,
        lanes: 4,
        rate: 30,
        seed: 1,
        killCloud: undefined,
        kills: 0,
        json: undefined,
        keep: false,
      },
    });
  });

  test('everything at once', () => {
    const args =
      '--seconds 60 --lanes 4 --rate 60 --seed 9 --kill-cloud 20-40 --json r.json --keep';
    expect(parseOptions(args.split(' '))).toMatchObject({
      kind: 'run',
      options: {
        seconds: 60,
        lanes: 4,
        rate: 60,
        seed: 9,
        killCloud: { from: 20, to: 40 },
        json: 'r.json',
        keep: true,
      },
    });
  });

  test.each([
    ['--seconds', '0'],
    ['--seconds', 'ten'],
    ['--lanes', '17'],
    ['--rate', '-1'],
    ['--seed', '1.5'],
    ['--kill-cloud', '40-20'],
    ['--kill-cloud', '20'],
    ['--seconds', '10', '--kill-cloud', '12-14'],
    ['--kills', '5'],
    ['--seconds', '10', '--kills', '20'],
    ['--seconds', '60', '--kills', '3', '--kill-cloud', '20-40'],
    ['--unknown'],
    ['surplus'],
  ])('%s %s is refused with an error and exit code 2', (...args) => {
    const parsed = parseOptions(args);
    expect(parsed).toMatchObject({ kind: 'exit', code: 2 });
    expect(parsed.kind === 'exit' && parsed.text).toContain('error: ');
  });

  test('help names every option, --kills too', () => {
    const parsed = parseOptions(['--help']);
    expect(parsed).toMatchObject({ kind: 'exit', code: 0 });
    for (const name of [
      'seconds',
      'lanes',
      'rate',
      'seed',
      'kill-cloud',
      'kills',
      'json',
      'keep',
    ]) {
      expect(parsed.kind === 'exit' && parsed.text).toContain(`--${name}`);
    }
  });
});
