import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';

import { build } from 'esbuild';
import type { Page } from 'playwright-core';

import type { Home } from './home.ts';
import { startWorkbench, type Workbench } from './workbench.ts';

const root = path.join(import.meta.dirname, '..', '..');
const tests = path.join(root, 'test', 'host');

/** A suite that an extension host can run. */
export interface HostSuite {
  /** The module whose `run` VS Code calls. */
  readonly file: string;
  /** An extension with nothing in it: VS Code runs suites only with one under development, and ours is installed. */
  readonly emptyExtension: string;
}

/** Bundles `test/host/`, or another folder with an `index.ts`, to where `node_modules` is still found. */
export async function bundleHostSuite(sources = tests): Promise<HostSuite> {
  const outdir = path.join(root, '.vscode-test', 'host');
  const emptyExtension = path.join(outdir, 'empty-extension');
  const suites = (await readdir(sources)).filter(name => name.endsWith('.test.ts'));
  await rm(outdir, { recursive: true, force: true });
  await build({
    entryPoints: ['index.ts', ...suites].map(name => path.join(sources, name)),
    outdir,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node22',
    mainFields: ['module', 'main'],
    external: ['vscode', 'mocha'], // VS Code gives the one, and the other must be one for all files.
    logLevel: 'warning',
  });
  await mkdir(emptyExtension);
  const manifest = { publisher: 'test', name: 'empty', version: '0.0.0', engines: { vscode: '*' } };
  await writeFile(path.join(emptyExtension, 'package.json'), JSON.stringify(manifest));
  return { file: path.join(outdir, 'index.js'), emptyExtension };
}

/**
 * Runs a suite in the extension host of VS Code's server build, against the packaged extension.
 * @returns its results, a line for each test
 * @throws if a test fails, with the results
 */
export async function runHostSuite(suite: HostSuite, home: Home): Promise<string> {
  const report = path.join(home.dir, 'host-suite');
  const workbench = await startWorkbench({ env: { ...home.env, HOST_SUITE_REPORT: report }, takesSuite: true });
  try {
    const { exitCode } = await openWithSuite(suite, workbench, home);
    if ((await exitCode) !== 0) throw new Error(`the host suite failed:\n${await readFile(report, 'utf8')}`);
    return await readFile(report, 'utf8');
  } finally {
    await workbench.dispose();
  }
}

/** Opens a window whose extension host runs a suite; the workbench takes suites. */
export async function openWithSuite(
  suite: HostSuite,
  workbench: Workbench,
  home: Home,
): Promise<{ readonly page: Page; readonly exitCode: Promise<number> }> {
  const page = await workbench.browser.newPage();
  const address = new URL(workbench.server.origin);
  const onServer = (file: string): string => `vscode-remote://${address.host}${file}`;
  const payload = [
    ['extensionDevelopmentPath', onServer(suite.emptyExtension)],
    ['extensionTestsPath', onServer(suite.file)],
  ];
  address.searchParams.set('folder', home.project);
  address.searchParams.set('payload', JSON.stringify(payload));
  const exitCode = new Promise<number>(resolve => void page.exposeFunction('codeAutomationExit', resolve));
  await page.exposeFunction('codeAutomationLog', () => undefined);
  await page.goto(address.href);
  return { page, exitCode };
}
