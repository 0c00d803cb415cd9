import type { NothingView, PanelTab } from '../../src/core/panel.ts';
import { formatShare, readShare, shareLength } from '../../src/core/panelText.ts';
import { Empty, LookAgain, LookedAtFolders, OtherFolders, TabLink } from './empty.tsx';
import { send } from './host.ts';
import { Icon } from './icon.tsx';
import { usePage } from './page.ts';
import { Recordings } from './sources.tsx';

/** Before the first view: shown only if it takes long enough to be seen. */
export function WaitingPage() {
  return (
    <main class="state waiting-page" aria-busy="true">
      <p role="status">Reading the ledger…</p>
    </main>
  );
}

export function FailedPage({ reason }: { readonly reason: string }) {
  return (
    <main class="state">
      <Icon name="error" class="state-icon error" />
      <h1>The meter cannot go on</h1>
      <p class="lead" role="alert">
        {reason}
      </p>
      <p>Your assistants are not affected, and nothing that was read is lost.</p>
      <FailureActions />
    </main>
  );
}

/** Beside numbers that are still there but no longer move. */
export function FailedNotice({ reason }: { readonly reason: string }) {
  return (
    <div class="notice error" role="alert">
      <Icon name="error" />
      <div class="notice-text">
        <strong>These numbers are not up to date.</strong> {reason}
      </div>
      <FailureActions />
    </div>
  );
}

function FailureActions() {
  return (
    <div class="actions">
      <button type="button" class="primary" onClick={() => send({ type: 'command', command: 'refresh' })}>
        Try again
      </button>
      <button type="button" class="secondary" onClick={() => send({ type: 'command', command: 'doctor' })}>
        Show diagnosis
      </button>
    </div>
  );
}

/** What stands above all numbers because it is about all of them. */
export function Notices() {
  const { view, format } = usePage();
  const { reading } = view;
  switch (reading.state) {
    case 'ready':
      return null;
    case 'failed':
      return <FailedNotice reason={reading.reason} />;
    case 'indexing': {
      const share = readShare(reading);
      return (
        <div class="notice indexing">
          <div class="notice-text">
            <strong>Reading your logs for the first time.</strong> Numbers are partial until this is done.
          </div>
          <div
            class="progress"
            role="progressbar"
            aria-label="Logs read"
            aria-valuemin={0}
            aria-valuemax={reading.totalBytes}
            aria-valuenow={reading.readBytes}
            aria-valuetext={formatShare(share, format)}
          >
            <span style={{ inlineSize: shareLength(share) }} />
          </div>
          <span class="number">{formatShare(share, format)}</span>
        </div>
      );
    }
  }
}

/** What is in the tabs that show calls, once there are any. */
const promises: Partial<Record<PanelTab, string>> = {
  efficiency:
    'how much of the prompts came from caches, what broken caches cost, how prompts grow, and what each kind of work took',
  outcomes: 'what a commit, a merged branch and a line that survived cost, as far as the local history of git tells',
  compare: 'two ranges, models, assistants or projects side by side, and why one cost more',
  whatIf: 'what the same calls would have cost on other models, on your internal model, or made otherwise',
};

export function Nothing({ view }: { readonly view: NothingView }) {
  const { recordings } = usePage();
  const promise = promises[view.request.tab];
  if (promise !== undefined) {
    return (
      <Empty
        id="empty"
        icon="search"
        title="No calls found yet"
        lead={`Use one of your assistants, and this tab shows ${promise}.`}
        actions={
          <LookAgain>
            <TabLink tab="sources">See where this looked</TabLink>
          </LookAgain>
        }
      />
    );
  }
  const off = recordings.filter(({ isOn }) => !isOn);
  return (
    <Empty
      id="empty"
      icon="search"
      title="No calls found yet"
      lead="Use one of your assistants once, and what it cost is here within a second. Nothing has to be set up."
      actions={
        <LookAgain>
          <OtherFolders />
        </LookAgain>
      }
    >
      {off.length > 0 && (
        <>
          <h3>What could be recorded</h3>
          <Recordings offers={off} />
        </>
      )}
      <LookedAtFolders
        folders={view.folders.map(({ assistantName, path, exists }) => ({ name: assistantName, path, exists }))}
      />
    </Empty>
  );
}
