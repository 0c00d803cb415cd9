import assert from 'node:assert/strict';
import { suite, test } from 'mocha';

import type { SwitchedAssistant } from '../../../src/core/nextRequest.ts';
import type { RefusedAssistant } from '../../../src/core/refusal.ts';
import type { StatusView } from '../../../src/core/statusText.ts';
import { inventedFigures, inventedSnapshot } from '../inventedSnapshot.ts';
import { nextRequestStatus } from './nextRequestStatus.ts';

const atMs = Date.UTC(2026, 10, 20, 9);

const spent = { costNanoUsd: 4_270_000_000, billedNanoUsd: 4_270_000_000 };
const figures = inventedFigures({ ...spent, calls: 3, tokens: 1000 });

const claude: RefusedAssistant = {
  assistant: 'claude-code',
  assistantName: 'Claude Code',
  project: '/home/dev/shop',
  atMs,
  untilMs: undefined,
};

function view(refused: readonly RefusedAssistant[], switched: readonly SwitchedAssistant[] = []): StatusView {
  const snapshot = inventedSnapshot({ atMs: atMs + 1000, today: figures, month: figures, refused });
  return nextRequestStatus({ snapshot, folders: ['/home/dev/shop'], switched });
}

suite('the status bar while a gateway refuses requests', () => {
  test('is an error that says whose request was refused, and when', () => {
    const { text, spoken, isBlocked, tooltip } = view([claude]);
    assert.deepEqual([text, isBlocked], ['$(error) $4.27', true]);
    assert.match(spoken, /the next request will be refused/);
    assert.equal(
      tooltip.lines[0],
      '$(error) **Claude Code**: refused at 9:00:00 AM, because its budget, plan or balance is used up',
    );
  });

  test('says until when, and of which others it is so', () => {
    const codex = { ...claude, assistant: 'codex', assistantName: 'Codex', atMs: atMs + 1, untilMs: atMs + 3_600_000 };
    assert.equal(
      view([claude, codex]).tooltip.lines[0],
      '$(error) **Codex**: refused at 9:00:00 AM, because its budget, plan or balance is used up · until Fri, Nov 20, 10:00 AM · 1 more',
    );
  });

  test('is none once the assistant was switched, but is if it was switched before', () => {
    assert.equal(view([claude], [{ assistant: 'claude-code', sinceMs: atMs + 1 }]).isBlocked, false);
    assert.equal(view([claude], [{ assistant: 'codex', sinceMs: atMs + 1 }]).isBlocked, true);
    assert.equal(view([claude], [{ assistant: 'claude-code', sinceMs: atMs - 1 }]).isBlocked, true);
  });

  test('is none without a refusal', () => {
    assert.deepEqual([view([]).text, view([]).isBlocked], ['$(pulse) $4.27', false]);
  });
});
