import { suiteTeardown, teardown } from 'mocha';

import type { Home } from './home.ts';
import { ownedUntil, type Owned } from './owned.ts';
import type { ServerOptions } from './server.ts';
import type { WindowOptions, WorkbenchWindow } from './window.ts';
import { startWorkbench, type Workbench } from './workbench.ts';

type HomeOptions = Omit<ServerOptions, 'env'>;

/** What a suite that drives VS Code works with; of its windows a picture is kept where a test fails. */
export interface SuiteWorkbench extends Owned {
  /** VS Code in a home. */
  start(home: Home, options?: HomeOptions): Promise<Workbench>;
  /** The same, and the home’s project in a window. */
  open(home: Home, options?: HomeOptions & Pick<WindowOptions, 'size'>): Promise<WorkbenchWindow>;
  /** Keeps pictures of a window, too, that was opened otherwise. */
  watch(window: WorkbenchWindow): WorkbenchWindow;
}

/** Called in a suite, for all of its tests. */
export function suiteWorkbench(): SuiteWorkbench {
  const owned = ownedUntil(suiteTeardown);
  const windows: WorkbenchWindow[] = [];
  teardown(async function () {
    for (const window of windows) await window.screenshotIfFailed(this.currentTest);
  });
  const start: SuiteWorkbench['start'] = async (home, options) => {
    const workbench = await startWorkbench({ ...options, env: home.env });
    owned.atEnd(() => workbench.dispose());
    return workbench;
  };
  const watch = (window: WorkbenchWindow): WorkbenchWindow => {
    windows.push(window);
    return window;
  };
  return {
    ...owned,
    start,
    watch,
    open: async (home, { size, ...options } = {}) => {
      const workbench = await start(home, options);
      return watch(await workbench.open({ folder: home.project, ...(size && { size }) }));
    },
  };
}
