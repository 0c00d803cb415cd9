import assert from 'node:assert/strict';
import { suite, test } from 'mocha';

import { createHome } from './home.ts';
import { bundleHostSuite, runHostSuite } from './hostSuite.ts';

suite('the extension host', function () {
  this.timeout(60_000);

  test('passes the tests of test/host/', async () => {
    const home = await createHome('host');
    try {
      assert.match(await runHostSuite(await bundleHostSuite(), home), /^passed: /);
    } finally {
      await home.dispose();
    }
  });
});
