import { textIfAny } from './repo-files.ts';

const document = 'docs/properties.md';

/** A property starts a heading, a list item or a table row: `## P1 ...`, `- **P1** ...`, `| P1 | ...`. */
const start = /^(?:#{2,6}|[-*|])\s*\**`?(?<id>P\d+)\b/;

/** Every property names a test that exists and carries the property's id in a title. */
export function properties(root: string): string[] {
  const text = textIfAny(root, document);
  if (text === undefined) return [`${document}: does not exist`];
  const stated = propertiesIn(text);
  if (stated.length === 0) return [`${document}: states no property`];
  return [...misnumbered(stated), ...stated.flatMap((property) => untested(root, property))];
}

type Property = { readonly id: string; readonly text: string };

function propertiesIn(text: string): Property[] {
  const found: { id: string; text: string }[] = [];
  for (const line of text.split('\n')) {
    const id = start.exec(line)?.groups?.['id'];
    if (id !== undefined) found.push({ id, text: '' });
    const last = found.at(-1);
    if (last !== undefined) last.text += `${line}\n`;
  }
  return found;
}

function misnumbered(stated: readonly Property[]): string[] {
  return stated.flatMap(({ id }, at) =>
    id === `P${at + 1}` ? [] : [`${document}: ${id} stands where P${at + 1} is due`],
  );
}

function untested(root: string, { id, text }: Property): string[] {
  const named = [...new Set(text.match(/[\w./-]+\.test\.tsx?/g) ?? [])];
  if (named.length === 0) return [`${document}: ${id} names no test`];
  return named.flatMap((file) => {
    const test = textIfAny(root, file);
    if (test === undefined) return [`${document}: ${id} names ${file}, which does not exist`];
    return title(id).test(test) ? [] : [`${file}: no test title says ${id}`];
  });
}

/** The id in a text that is the first argument of a call: of `test`, `describe`, or what `test.each(...)` returns. */
function title(id: string): RegExp {
  return new RegExp(`\\(\\s*(?<quote>['"\`])(?:(?!\\k<quote>).)*\\b${id}\\b`);
}
