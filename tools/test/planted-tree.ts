import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { onTestFinished } from 'vitest';

export const repoRoot = resolve(import.meta.dirname, '../..');

export type Files = Readonly<Record<string, string>>;

/** A directory that lives as long as the running test. */
export function temporaryTree(files: Files = {}): string {
  const root = mkdtempSync(join(tmpdir(), 'greengate-planted-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  write(root, files);
  return root;
}

export function write(root: string, files: Files): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
}

/** Copies the repository's own files, so that a test judges the configuration that is in force. */
export function copyFromRepo(root: string, paths: readonly string[]): void {
  for (const path of paths) cpSync(join(repoRoot, path), join(root, path));
}

export function link(root: string, path: string, target: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  symlinkSync(target, join(root, path));
}
