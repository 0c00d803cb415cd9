import { isStoreLog, openStoreLog, isBesideStore, storeFolders, type OpenCodeStore } from './openCodeStore.ts';
import type { Reader } from './reader.ts';

/** OpenCode: its command line, app and server share one store. */
export function opencodeReader(): Reader {
  return {
    id: store.assistant,
    name: 'OpenCode',
    coverage: { level: 'exact', lost: 'Calls that find a title for a session are not in its logs.' },
    folders: environment => storeFolders(store, environment),
    passesOver: isBesideStore,
    isLog: path => isStoreLog(store, path),
    open: log => openStoreLog(store, log),
  };
}

const store: OpenCodeStore = { assistant: 'opencode', name: 'opencode', variable: 'OPENCODE_DB' };
