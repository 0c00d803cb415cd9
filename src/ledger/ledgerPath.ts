import { join } from 'node:path';

/** @param dataFolder the folder of everything that the extension keeps for this user */
export function ledgerPath(dataFolder: string): string {
  return join(dataFolder, 'ledger.db');
}
