import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';

import type { Report, ReportRow } from '../../src/cli/report.ts';
import { formatMoney, nanoUsd } from '../../src/core/money.ts';
import type { Home } from './home.ts';
import { timeZone } from './panelHome.ts';

const cli = path.join(import.meta.dirname, '..', '..', 'dist', 'cli.js');

/** What `ai-spend report --json` says of the home. */
export async function report(home: Home, ...args: readonly string[]): Promise<Report> {
  return JSON.parse(await reportInWords(home, '--json', ...args)) as Report;
}

/** What `ai-spend report` says of the home to people. */
export async function reportInWords(home: Home, ...args: readonly string[]): Promise<string> {
  const command = [cli, 'report', '--time-zone', timeZone, ...args];
  const env = { PATH: process.env['PATH'], LANG: 'en_US.UTF-8', ...home.env };
  const { stdout } = await promisify(execFile)(process.execPath, command, { env });
  return stdout;
}

/** As the panel writes it; what the report has is exact, so they agree to the last digit that is shown. */
export function money({ costUsd, unpricedCalls }: Pick<ReportRow, 'costUsd' | 'unpricedCalls'>): string {
  return costUsd === 0 && unpricedCalls > 0 ? 'unpriced' : formatMoney(nanoUsd(costUsd), { locale: 'en' });
}
