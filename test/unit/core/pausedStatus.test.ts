import assert from 'node:assert/strict';
import { suite, test } from 'mocha';

import { nanoUsd } from '../../../src/core/money.ts';
import type { SwitchedAssistant } from '../../../src/core/nextRequest.ts';
import type { Hold } from '../../../src/core/pause.ts';
import { inventedFigures, inventedSnapshot } from '../inventedSnapshot.ts';
import { nextRequestStatus } from './nextRequestStatus.ts';

const atMs = Date.UTC(2026, 7, 14, 14, 3, 22);
const figures = inventedFigures({ calls: 3, costNanoUsd: nanoUsd(1.44), tokens: 120_000 });
const hold: Hold = {
  action: 'pause',
  sessionId: undefined,
  folder: { path: '/home/dev', isDeep: true },
  leftNanoUsd: 0,
  budget: {
    name: 'Pocket *money*',
    period: 'day',
    scope: {},
    of: undefined,
    limitNanoUsd: nanoUsd(1),
    spentNanoUsd: nanoUsd(1.44),
    resetsAtMs: Date.UTC(2026, 7, 15),
  },
};
const snapshot = inventedSnapshot({
  atMs,
  today: figures,
  month: figures,
  lastCall: {
    atMs,
    assistant: 'claude-code',
    assistantName: 'Claude Code',
    model: 'claude-opus-5',
    project: '/home/dev/shop',
    costNanoUsd: nanoUsd(0.48),
    isInternal: false,
  },
  pause: { isInstalled: true, isGranted: false, holds: [hold] },
});

function view(folders: readonly string[], switched: readonly SwitchedAssistant[] = []) {
  return nextRequestStatus({ snapshot, folders, switched });
}

suite('the status bar while Claude Code is paused', () => {
  test('is an error that says why and how to go on', () => {
    const { text, spoken, isBlocked, tooltip } = view(['/home/dev/shop']);
    assert.deepEqual([text, isBlocked], ['$(error) $1.44', true]);
    assert.match(spoken, /the next request will be refused/);
    assert.equal(
      tooltip.lines[0],
      '$(debug-pause) **Claude Code is paused.** Pocket \\*money\\*: $1.44 of $1.00 spent, nothing left. It begins anew on Sat, Aug 15, 12:00 AM.',
    );
    assert.equal(tooltip.links[0]?.command, 'continueOnce');
  });

  test('is none in other folders, nor once it is switched to the internal model', () => {
    for (const one of [
      view(['/srv/other']),
      view([]),
      view(['/home/dev/shop'], [{ assistant: 'claude-code', sinceMs: atMs }]),
    ]) {
      assert.deepEqual([one.text, one.isBlocked], ['$(pulse) $1.44', false]);
      assert.ok(!one.tooltip.links.some(({ command }) => command === 'continueOnce'));
    }
  });
});
