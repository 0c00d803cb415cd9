import { isStoreLog, openStoreLog, isBesideStore, storeFolders, type OpenCodeStore } from './openCodeStore.ts';
import type { Reader } from './reader.ts';
import { isKiloLegacyLog, kiloLegacyFolders, openKiloLegacy } from './rooFamily.ts';

/** Kilo Code: since version 7 its command line and its extension come from OpenCode, before from Roo Code. */
export function kiloCodeReader(): Reader {
  return {
    id: store.assistant,
    name: 'Kilo Code',
    coverage: { level: 'exact', lost: 'Calls that find a title for a session are not in its logs.' },
    folders: environment => [...storeFolders(store, environment), ...kiloLegacyFolders(environment)],
    passesOver: isBesideStore,
    isLog: path => isStoreLog(store, path) || isKiloLegacyLog(path),
    open: log => (isStoreLog(store, log.path) ? openStoreLog(store, log) : openKiloLegacy(log)),
  };
}

const store: OpenCodeStore = { assistant: 'kilo-code', name: 'kilo', variable: 'KILO_DB' };
