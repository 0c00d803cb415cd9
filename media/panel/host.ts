import { firstRequest, type FromPanel, type PanelRequest, type ToPanel } from '../../src/core/panel.ts';
import type { Sort } from '../../src/core/panelSort.ts';
import type { Measure } from '../../src/core/panelAmounts.ts';
import { inOrder, type Heard } from './heard.ts';

/** How a section is shown. */
export interface SectionState {
  readonly isClosed?: boolean;
  readonly isTable?: boolean;
}

/** What the page keeps while it is hidden and after a restart: only what the user picked. */
export interface PageState {
  readonly request?: PanelRequest;
  /** The requests that led here, for going back. */
  readonly trail?: readonly PanelRequest[];
  readonly isChartTable?: boolean;
  readonly isWhatIfTable?: boolean;
  readonly isCompareTable?: boolean;
  /** By section. */
  readonly sections?: Readonly<Record<string, SectionState>>;
  /** What pictures show that cannot show both. */
  readonly measure?: Measure;
  /** By table. */
  readonly sorts?: Readonly<Record<string, Sort>>;
}

interface WebviewApi {
  postMessage(message: FromPanel): void;
  getState(): PageState | undefined;
  setState(state: PageState): void;
}

declare function acquireVsCodeApi(): WebviewApi;

// May be called only once.
const api = acquireVsCodeApi();

export function send(message: FromPanel): void {
  api.postMessage(message);
}

export function savedState(): PageState {
  const { request, ...state } = api.getState() ?? {};
  // An earlier version may have kept less.
  return { ...state, ...(request && { request: { ...firstRequest, ...request } }) };
}

export function saveState(state: PageState): void {
  api.setState(state);
}

/** Only the host can post to this page: the content policy lets nothing else in. */
export function listen(hear: (message: Heard, arrivedMs: number) => void): void {
  const take = inOrder(hear);
  window.addEventListener('message', ({ data }: MessageEvent<ToPanel>) => take(data));
}
