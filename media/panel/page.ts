import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { PanelRequest, PanelView } from '../../src/core/panel.ts';
import type { Sort } from '../../src/core/panelSort.ts';
import type { PanelFormat } from '../../src/core/panelText.ts';
import type { RecordingOffer } from '../../src/core/recording.ts';
import type { PageState } from './host.ts';

/** What every part of the page needs. */
export interface Page {
  readonly view: PanelView;
  readonly format: PanelFormat;
  readonly recordings: readonly RecordingOffer[];
  /** What was asked for last: ahead of the view until its answer is here. */
  readonly request: PanelRequest;
  readonly state: PageState;
  /** Asks for another view; in a `step` one can go back from. */
  readonly show: (request: PanelRequest, options?: { readonly isStep?: boolean }) => void;
  readonly goBack: () => void;
  readonly setSort: (table: string, sort: Sort) => void;
  /** Keeps how something is shown. */
  readonly setShown: (
    shown: Pick<PageState, 'isChartTable' | 'isWhatIfTable' | 'isCompareTable' | 'sections' | 'measure'>,
  ) => void;
}

const PageContext = createContext<Page | undefined>(undefined);

export const PageProvider = PageContext.Provider;

/** @throws {Error} outside of a page */
export function usePage(): Page {
  const page = useContext(PageContext);
  if (!page) throw new Error('no page');
  return page;
}
