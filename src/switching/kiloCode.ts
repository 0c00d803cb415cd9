import { createFileSwitcher } from './fileSwitcher.ts';
import type { FileSwitcherOptions } from './fileSwitcher.ts';
import { openCodeFilesFor, openCodeFormats } from './openCode.ts';
import type { Switcher } from './switcher.ts';

/** Kilo Code from version 7 on, in the terminal and in editors: it came from OpenCode, and keeps its files' format. */
export function createKiloCodeSwitcher(options: FileSwitcherOptions): Switcher {
  return createFileSwitcher(
    {
      assistant: 'kilo-code',
      name: 'Kilo Code',
      needs: openCodeFormats,
      scopes: ['everywhere'],
      // The extension's own server reads the file when it starts.
      takesEffect: { connection: 'reload', model: 'reload' },
      needsRestart: true,
      async wantedFor(situation) {
        const wanted = await openCodeFilesFor(situation, { name: 'kilo', prefix: 'KILO' });
        return { ...wanted, steps: [...(wanted.steps ?? []), { kind: 'reloadWindow' }] };
      },
    },
    options,
  );
}
