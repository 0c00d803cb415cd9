// Packages the extension: node scripts/package.mjs FILE. vsce runs `vscode:prepublish` for that, which bundles.
// By its API, because its command line asks the registry for its newest version each time.
import process from 'node:process';

import { createVSIX } from '@vscode/vsce';

import { root } from './prepare.mjs';

try {
  await createVSIX({
    cwd: root,
    packagePath: process.argv[2],
    dependencies: false,
    allowMissingRepository: true,
    rewriteRelativeLinks: false,
  });
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
