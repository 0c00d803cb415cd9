import assert from 'node:assert/strict';
import { firstRequest, type PanelHead, type PanelRequest } from '../../src/core/panel.ts';
import type { PanelContext } from '../../src/meter/panelQueries.ts';

/** What the panel is asked in where nothing was switched, but for what is said of it. */
export function panelContext(
  change: Pick<PanelContext, 'nowMs' | 'calendar' | 'prices'> & Partial<PanelContext>,
): PanelContext {
  return {
    reading: { state: 'ready' },
    checkedAtMs: change.nowMs,
    folders: [],
    health: () => assert.fail('nothing was switched'),
    watch: () => undefined,
    records: () => [],
    lookBack: () => assert.fail('nothing was switched'),
    contribution: { switches: [], internalModels: [] },
    ...change,
  };
}

/** What every view begins with, once all logs are read. */
export function panelHead(
  request: Partial<PanelRequest>,
  { nowMs, calendar }: Pick<PanelContext, 'nowMs' | 'calendar'>,
): PanelHead {
  return {
    request: { ...firstRequest, ...request },
    nowMs,
    timeZone: calendar.timeZone,
    today: calendar.dayOf(nowMs),
    reading: { state: 'ready' },
    checkedAtMs: nowMs,
    switches: 0,
  };
}
