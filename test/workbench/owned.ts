import type { teardown } from 'mocha';

import type { ModelApi } from '../clients/modelApi.ts';
import { startModelServer, type ModelServer } from '../clients/modelServer.ts';
import { createHome, type Home } from './home.ts';

/** What tests make in their set-up. All of it is ended after them, the latest first, also where set-up fails half way. */
export interface Owned {
  createHome(name: string): Promise<Home>;
  startModelServer(...ownApis: readonly ModelApi[]): Promise<ModelServer>;
  /** For what else was started. */
  atEnd(end: () => Promise<void> | void): void;
}

/** Called in a suite. @param hook `teardown` of each test, or `suiteTeardown` */
export function ownedUntil(hook: typeof teardown): Owned {
  const ends: (() => Promise<void> | void)[] = [];
  hook(async () => {
    const failures: unknown[] = [];
    for (const end of ends.splice(0).reverse()) {
      try {
        await end();
      } catch (error) {
        failures.push(error); // What was made before it must be ended all the same.
      }
    }
    if (failures.length > 0) throw new AggregateError(failures, failures.map(String).join('\n'));
  });
  return {
    createHome: async name => {
      const home = await createHome(name);
      ends.push(() => home.dispose());
      return home;
    },
    startModelServer: async (...ownApis) => {
      const server = await startModelServer(...ownApis);
      ends.push(() => server.close());
      return server;
    },
    atEnd: end => void ends.push(end),
  };
}
