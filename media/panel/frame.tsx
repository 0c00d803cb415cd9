import type { ComponentChildren } from 'preact';
import { useRef, useState } from 'preact/hooks';
import { panelTabs, type PanelTab } from '../../src/core/panel.ts';
import { formatCount, tabNames } from '../../src/core/panelText.ts';
import { Header } from './header.tsx';
import { usePage } from './page.ts';

/** The tabs, and what is in the one that is shown. */
export function Frame({ children }: { readonly children: ComponentChildren }) {
  const { request } = usePage();
  return (
    <>
      <div class="head">
        <Header />
        <Tabs />
      </div>
      <div
        id={panelId}
        class="tab-panel"
        role="tabpanel"
        aria-labelledby={tabId(request.tab)}
        // As the pattern has it: what a tab shows may begin with text.
        tabIndex={0}
      >
        {children}
      </div>
    </>
  );
}

const panelId = 'tab-panel';

/** The id of a tab's element. */
export function tabId(tab: PanelTab): string {
  return `tab-${tab}`;
}

/** Arrow keys only move the focus: what a tab shows is computed when it is opened. */
function Tabs() {
  const { view, format, request, show } = usePage();
  const list = useRef<HTMLDivElement>(null);
  /** The tab that has the focus, if it is another one than the one that is shown. */
  const [focused, setFocused] = useState<PanelTab>();
  const stop = focused ?? request.tab;
  const counts: Partial<Record<PanelTab, number>> = { switches: view.switches };
  const onKeyDown = (event: KeyboardEvent): void => {
    const next = tabAt(event.key, panelTabs.indexOf(stop));
    if (next === undefined) return;
    event.preventDefault();
    // First, because the tab that loses the focus forgets where it is.
    list.current?.querySelector<HTMLElement>(`#${tabId(next)}`)?.focus();
    setFocused(next);
  };
  return (
    <div ref={list} class="tabs" role="tablist" aria-label="Parts of the panel" onKeyDown={onKeyDown}>
      {panelTabs.map(tab => {
        const count = counts[tab] ?? 0;
        return (
          <button
            key={tab}
            id={tabId(tab)}
            type="button"
            role="tab"
            class="tab"
            aria-selected={tab === request.tab}
            aria-controls={panelId}
            tabIndex={tab === stop ? 0 : -1}
            onBlur={() => setFocused(undefined)}
            onClick={() => {
              setFocused(undefined);
              if (tab !== request.tab) show({ ...request, tab });
            }}
          >
            {tabNames[tab]}
            {count > 0 && <span class="tab-count">{formatCount(count, format)}</span>}
          </button>
        );
      })}
    </div>
  );
}

/** The tab that a key leads to from another one; undefined if it leads nowhere. */
function tabAt(key: string, index: number): PanelTab | undefined {
  const last = panelTabs.length - 1;
  switch (key) {
    case 'ArrowRight':
      return panelTabs[index === last ? 0 : index + 1];
    case 'ArrowLeft':
      return panelTabs[index === 0 ? last : index - 1];
    case 'Home':
      return panelTabs[0];
    case 'End':
      return panelTabs[last];
    default:
      return undefined;
  }
}
