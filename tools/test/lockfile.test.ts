import { expect, test } from 'vitest';
import { absentFrom, completed } from '../src/lockfile.ts';

const lock = {
  lockfileVersion: 3,
  packages: {
    '': {},
    'node_modules/tool': {
      version: '2.0.0',
      dev: true,
      optionalDependencies: {
        '@tool/cli-linux-x64': '2.0.0',
        '@tool/cli-linux-arm64-musl': '2.0.0',
        '@tool/cli-win32-x64': '2.0.0',
      },
    },
    'node_modules/@tool/cli-linux-x64': { version: '2.0.0' },
    'node_modules/app': { version: '1.0.0' },
    'node_modules/app/node_modules/native': {
      version: '1.0.0',
      optionalDependencies: { 'native-darwin-arm64': '1.0.0', 'native-linux-x64': '1.0.0' },
    },
    'node_modules/app/node_modules/native-linux-x64': { version: '1.0.0' },
  },
};

test('a platform that the registry did not have is absent', () => {
  expect(absentFrom(lock).map(({ name }) => name)).toEqual([
    '@tool/cli-linux-arm64-musl',
    '@tool/cli-win32-x64',
    'native-darwin-arm64',
  ]);
});

test('a completed lockfile lacks nothing, and marks each entry for its platform', () => {
  const whole = completed(lock);

  expect(absentFrom(whole)).toEqual([]);
  expect(whole.packages).toMatchObject(lock.packages);
  expect(whole.packages['node_modules/@tool/cli-linux-arm64-musl']).toEqual({
    version: '2.0.0',
    dev: true,
    optional: true,
    os: ['linux'],
    cpu: ['arm64'],
    libc: ['musl'],
  });
  expect(whole.packages['node_modules/native-darwin-arm64']).toEqual({
    version: '1.0.0',
    optional: true,
    os: ['darwin'],
    cpu: ['arm64'],
  });
});

test('a name without a platform is not guessed at', () => {
  const odd = { packages: { '': { optionalDependencies: { fast: '1.0.0' } } } };

  expect(() => completed(odd)).toThrow('no single platform in fast');
});
