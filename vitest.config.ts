import { resolve } from 'node:path';
import { defineConfig } from 'vitest/config';

const workspaces = ['contracts', 'cloud', 'edge', 'firmware-sim', 'tools', 'bench'];

// Tests read the contracts' sources. What they spawn runs from dist, which build-first.ts brings up to date; it stands at the
// root, and the projects do not extend the root, so that it runs once and not once a project.
const sources = { conditions: ['source'] };

export default defineConfig({
  test: {
    globalSetup: './tools/build-first.ts',
    projects: workspaces.map((name) => ({
      resolve: sources,
      ssr: { resolve: sources },
      test: {
        name,
        root: name,
        include: [
          'src/**/*.test.ts',
          'test/**/*.test.ts',
          ...(name === 'tools' ? ['*.test.ts'] : []),
        ],
        setupFiles: [resolve(import.meta.dirname, 'tools/test/fast-check-seed.ts')],
        testTimeout: 20_000,
        hookTimeout: 20_000,
      },
    })),
  },
});
