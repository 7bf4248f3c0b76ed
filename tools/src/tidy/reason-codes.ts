import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { testsOf, textIfAny, textOf } from './repo-files.ts';

const registry = 'contracts/src/refusals.ts';
const document = 'docs/reason-codes.md';

/** Every code of the registry is documented, and some test quotes it. */
export async function reasonCodes(root: string): Promise<string[]> {
  if (textIfAny(root, registry) === undefined) return [`${registry}: does not exist`];
  const codes = await codesOf(root);
  if (codes.length === 0) return [`${registry}: exports no REASONS`];

  const documented = textIfAny(root, document) ?? '';
  const tests = testsOf(root).map((file) => textOf(root, file));
  return codes.flatMap((code) => [
    ...(word(code).test(documented) ? [] : [`${document}: ${code} is not documented`]),
    ...(tests.some((text) => quoted(code).test(text))
      ? []
      : [`${registry}: no test names ${code}`]),
  ]);
}

async function codesOf(root: string): Promise<string[]> {
  const module: { REASONS?: object } = await import(pathToFileURL(join(root, registry)).href);
  return Object.keys(module.REASONS ?? {});
}

function word(code: string): RegExp {
  return new RegExp(`(?<![\\w.-])${literal(code)}(?![\\w-]|\\.\\w)`);
}

function quoted(code: string): RegExp {
  return new RegExp(`(?<quote>['"\`])${literal(code)}\\k<quote>`);
}

function literal(code: string): string {
  return code.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
