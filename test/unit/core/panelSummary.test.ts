import assert from 'node:assert/strict';
import { suite, test } from 'mocha';
import type { PanelView, SourceRow } from '../../../src/core/panel.ts';
import { summaryText } from '../../../src/core/panelSummary.ts';
import { calendarOf } from '../../../src/core/period.ts';
import { panelHead } from '../panelContext.ts';

const english = { locale: 'en-US', timeZone: 'UTC' };
const head = panelHead({}, { nowMs: Date.UTC(2026, 10, 22, 12), calendar: calendarOf('UTC') });

function source(calls: number): SourceRow {
  return {
    assistant: 'claude-code',
    name: 'Claude Code',
    coverage: undefined,
    folders: [],
    logs: 0,
    calls,
    extent: undefined,
    problems: 0,
    problemPlaces: [],
  };
}

suite('What is said of a view', () => {
  const cases: [what: string, view: PanelView, said: string][] = [
    ['no call', { ...head, shows: 'nothing', folders: [] }, 'No calls found yet.'],
    ['no source', { ...head, shows: 'sources', sources: [] }, 'No source with calls.'],
    ['sources without calls', { ...head, shows: 'sources', sources: [source(0)] }, 'No source with calls.'],
    ['a source', { ...head, shows: 'sources', sources: [source(0), source(7)] }, '1 source with calls.'],
  ];
  for (const [what, view, said] of cases) {
    test(what, () => assert.equal(summaryText(view, english), said));
  }
});
