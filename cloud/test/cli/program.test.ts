import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { describe, expect, test } from 'vitest';
import { makeProgram } from '../../src/cli/program.ts';
import type { Shell } from '../../src/cli/shell.ts';
import { greengate } from './run-greengate.ts';

/** Nothing is run here, so the shell is never asked. */
const program = makeProgram({} as Shell);
const operations = join(import.meta.dirname, '../../../docs/operations.md');

interface Leaf {
  readonly command: Command;
  /** As a person types it. */
  readonly usage: string;
}

function leavesOf(command: Command, path: string): readonly Leaf[] {
  const here = `${path} ${command.name()}`.trim();
  if (command.commands.length > 0) return command.commands.flatMap((one) => leavesOf(one, here));
  const parts = command.registeredArguments.map((one) =>
    one.required ? `<${one.name()}>` : `[${one.name()}]`,
  );
  return [{ command, usage: [here, ...parts].join(' ') }];
}

const leaves = leavesOf(program, '');

describe('the command line', () => {
  test('every command says what it does, and can answer in JSON', () => {
    expect(leaves.length).toBeGreaterThan(8);
    for (const { command, usage } of leaves) {
      const help = command.helpInformation();
      expect(command.description(), usage).not.toBe('');
      expect(help, usage).toContain('--json');
      expect(help, usage).toContain('--help');
    }
  });

  test('every option says what it is', () => {
    for (const { command, usage } of leaves) {
      for (const option of command.options)
        expect(
          `${option.description}${option.argChoices ?? ''}`,
          `${usage} ${option.long}`,
        ).not.toBe('');
    }
  });

  test('docs/operations.md lists the commands as --help tells them', () => {
    const [, section = ''] = readFileSync(operations, 'utf8').split('## Command line\n');
    const listed = [...section.matchAll(/^\| `(greengate [^`]+)` \| ([^|]+) \|$/gm)].map(
      ([, usage, description]) => `${usage} | ${description}`,
    );
    const told = leaves.map(({ command, usage }) => `${usage} | ${command.description()}`);
    expect(listed).toEqual(told);
  });

  test('help ends with 0, a wrong use with 2', () => {
    const help = greengate('rules', 'lint', '--help');
    expect([help.status, help.stdout]).toEqual([0, expect.stringContaining('--json')]);
    expect(greengate('rules', 'lint').status).toBe(2);
    expect(greengate('rules', 'knit', 'zhejiang').status).toBe(2);
    expect(greengate('rules', 'lint', 'zhejiang', '--colour').status).toBe(2);
  });
});
