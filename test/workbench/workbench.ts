import path from 'node:path';

import { chromium, type Browser } from 'playwright-core';

import { required, startServer, type ServerOptions, type WorkbenchServer } from './server.ts';
import { openWindow, type WindowOptions, type WorkbenchWindow } from './window.ts';

/** A server and a browser: about a second to start, so each suite has its own, with its own home. Windows take longer. */
export interface Workbench {
  readonly server: WorkbenchServer;
  readonly browser: Browser;
  open(options: WindowOptions): Promise<WorkbenchWindow>;
  /** Ends the windows, the browser, the server and all that they started. */
  dispose(): Promise<void>;
}

const browserArgs = [
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-gpu',
  '--disable-quic',
  '--disable-sync',
  '--no-first-run',
  ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []), // Chromium refuses to run as root with its sandbox.
];

function launchBrowser(): Promise<Browser> {
  // It keeps crash reports and caches, even with a profile that is thrown away: not in the user's folders.
  const kept = path.join(import.meta.dirname, '..', '..', '.vscode-test', 'chromium');
  const env = { ...process.env, XDG_CONFIG_HOME: path.join(kept, 'config'), XDG_CACHE_HOME: path.join(kept, 'cache') };
  return chromium.launch({ executablePath: required('CHROMIUM_PATH'), args: browserArgs, env });
}

export async function startWorkbench(options?: ServerOptions): Promise<Workbench> {
  const [browser, server] = await Promise.allSettled([launchBrowser(), startServer(options)]);
  if (browser.status === 'fulfilled' && server.status === 'fulfilled') return workbenchOf(browser.value, server.value);
  // Half a workbench must not be left behind.
  if (browser.status === 'fulfilled') await browser.value.close();
  if (server.status === 'fulfilled') await server.value.dispose();
  throw [browser, server].find(start => start.status === 'rejected')?.reason;
}

function workbenchOf(browser: Browser, server: WorkbenchServer): Workbench {
  return {
    server,
    browser,
    open: options => openWindow(browser, server, options),
    dispose: async () => {
      await browser.close();
      await server.dispose();
    },
  };
}
