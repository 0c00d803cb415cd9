import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Runs the same program, with the same arguments, on the newer Node that a source checkout has for its build.
 * @returns its exit code; undefined if there is none
 */
export async function runOnNewerNode(program: string): Promise<number | undefined> {
  const packages = join(program, '..', '..', '.vscode-test', 'node', 'node_modules');
  if (!existsSync(packages)) return undefined;
  const file = process.platform === 'win32' ? 'node.exe' : 'node';
  const node = readdirSync(packages)
    .map(name => join(packages, name, 'bin', file))
    .find(candidate => existsSync(candidate));
  if (node === undefined) return undefined;
  // One of the larger parts of the runtime, and seldom needed.
  const { spawnSync } = await import('node:child_process');
  return spawnSync(node, [program, ...process.argv.slice(2)], { stdio: 'inherit' }).status ?? 1;
}
