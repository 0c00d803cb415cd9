import { readdirSync } from 'node:fs';
import { join } from 'node:path';

/** Where the journal of outstanding switches is, in the folder of everything that the extension keeps. */
export function journalFolder(dataFolder: string): string {
  return join(dataFolder, 'switches');
}

/** Whether anything may be switched: cheap enough to ask often, and without loading what could undo it. */
export function hasJournal(dataFolder: string): boolean {
  try {
    return readdirSync(journalFolder(dataFolder)).some(name => name.endsWith('.json'));
  } catch {
    // Not there, or not to be read: whoever wants to know more asks the journal itself.
    return false;
  }
}
