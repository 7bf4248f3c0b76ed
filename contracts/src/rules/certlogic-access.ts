import { access, CertLogicDateTime } from './certlogic-values.ts';

/**
 * Compiles a path into what `access` does for plain JSON, looking at its names once instead of at every
 * evaluation. A name that some object has without owning it, and an index, still go through `access`.
 */
export function compileAccess(path: readonly string[]): (data: unknown) => unknown {
  const [first, second, third] = path;
  if (path.length > 3 || path.some(needsCare)) return (data) => access(data, path);
  if (first === undefined) return (data) => data ?? null;
  if (second === undefined) return (data) => read(data, first);
  if (third === undefined) return (data) => read(read(data, first), second);
  return (data) => read(read(read(data, first), second), third);
}

const prototypes: readonly object[] = [
  Object.prototype,
  Array.prototype,
  CertLogicDateTime.prototype,
];

function needsCare(name: string): boolean {
  return /^\d/.test(name) || prototypes.some((prototype) => name in prototype);
}

function read(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null) return null;
  return (value as Record<string, unknown>)[name] ?? null;
}
