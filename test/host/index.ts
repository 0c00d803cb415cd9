import { readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import Mocha from 'mocha';

/**
 * Runs the suites beside it in the extension host: VS Code calls this.
 * @throws if a test fails; the results are also in the file that `HOST_SUITE_REPORT` names, as the caller may not see
 *   what is printed here
 */
export function run(): Promise<void> {
  const mocha = new Mocha({ ui: 'tdd', color: false, timeout: 30_000 });
  // All of this is bundled to CommonJS, each suite to a file beside this one.
  for (const name of readdirSync(__dirname)) {
    if (name.endsWith('.test.js')) mocha.addFile(path.join(__dirname, name));
  }
  return new Promise((resolve, reject) => {
    const lines: string[] = [];
    const runner = mocha.run(failures => {
      const report = process.env['HOST_SUITE_REPORT'];
      if (report !== undefined) writeFileSync(report, lines.join('\n'));
      if (failures > 0) reject(new Error(`${failures} failed`));
      else resolve();
    });
    runner.on('pass', passed => lines.push(`passed: ${passed.fullTitle()}`));
    runner.on('fail', (failed, error: Error) =>
      lines.push(`FAILED: ${failed.fullTitle()}\n${error.stack ?? error.message}`),
    );
  });
}
