import type { ComponentChildren } from 'preact';
import type { PanelTab } from '../../src/core/panel.ts';
import { formatTime } from '../../src/core/panelText.ts';
import { tabId } from './frame.tsx';
import { send } from './host.ts';
import { Icon, type IconName } from './icon.tsx';
import { usePage } from './page.ts';

interface EmptyProps {
  readonly id: string;
  readonly icon: IconName;
  readonly title: string;
  /** Whether there is something else to see in the tab. */
  readonly isBeside?: boolean;
  /** What is not there, and why. */
  readonly lead: ComponentChildren;
  /** What one can do about it. */
  readonly actions: ComponentChildren;
  readonly children?: ComponentChildren;
}

/** In place of what a tab would show. */
export function Empty({ id, icon, title, isBeside = false, lead, actions, children }: EmptyProps) {
  return (
    <section class={isBeside ? 'state beside' : 'state slim'} aria-labelledby={`${id}-title`}>
      {!isBeside && <Icon name={icon} class="state-icon" />}
      <h2 id={`${id}-title`}>{title}</h2>
      <p class="lead">{lead}</p>
      <div class="actions">{actions}</div>
      {children}
    </section>
  );
}

/** Reads all logs once more; when that was done last shows that it was. */
export function LookAgain({ children }: { readonly children: ComponentChildren }) {
  const { view, format } = usePage();
  return (
    <>
      <button type="button" class="primary" onClick={() => send({ type: 'command', command: 'refresh' })}>
        Look again
      </button>
      {children}
      <span class="muted small looked">Last looked at {formatTime(view.checkedAtMs, format)}</span>
    </>
  );
}

export function OtherFolders() {
  return (
    <button type="button" class="secondary" onClick={() => send({ type: 'openSetting', setting: 'extraFolders' })}>
      Look in other folders…
    </button>
  );
}

/** Leads to another tab, and takes the focus along: the button itself is gone then. */
export function TabLink({ tab, children }: { readonly tab: PanelTab; readonly children: ComponentChildren }) {
  const { request, show } = usePage();
  return (
    <button
      type="button"
      class="secondary"
      onClick={() => {
        show({ ...request, tab });
        document.getElementById(tabId(tab))?.focus();
      }}
    >
      {children}
    </button>
  );
}

interface LookedAt {
  readonly name: string;
  readonly path: string;
  readonly exists: boolean;
}

/** Where logs were looked for, without any that tells of a call. */
export function LookedAtFolders({ folders }: { readonly folders: readonly LookedAt[] }) {
  return (
    <>
      <h3>Where this looked</h3>
      <ul class="folders">
        {folders.map(({ name, path, exists }) => (
          <li key={`${name} ${path}`}>
            <span class="folder-name">{name}</span>
            <code>{path}</code>
            <span class={exists ? 'badge' : 'badge muted'}>{exists ? 'no calls' : 'not there'}</span>
          </li>
        ))}
      </ul>
    </>
  );
}
