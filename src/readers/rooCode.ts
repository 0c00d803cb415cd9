import { join } from 'node:path';
import type { Reader } from './reader.ts';
import { openRooTask, rooTaskFolders } from './rooFamily.ts';
import { isTaskLog } from './rooFamilyTask.ts';

/** Roo Code, the extension and its command line. */
export function rooCodeReader(): Reader {
  return {
    id: assistant,
    name: 'Roo Code',
    coverage: { level: 'exact', lost: 'Of what summing up a long conversation takes, only the cost is in its logs.' },
    folders: environment => [
      ...rooTaskFolders(environment, {
        extensions: ['rooveterinaryinc.roo-cline', 'rooveterinaryinc.roo-code-nightly'],
        setting: 'roo-cline.customStoragePath',
      }),
      // The command line runs the extension in an editor of its own.
      join(environment.home, '.vscode-mock', 'global-storage', 'tasks'),
    ],
    isLog: isTaskLog,
    open: log => openRooTask(log, assistant),
  };
}

const assistant = 'roo-code';
