import type { NothingView } from '../../src/core/panel.ts';
import { formatShare, formatTime, readShare, shareLength } from '../../src/core/panelText.ts';
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

export function Nothing({ view }: { readonly view: NothingView }) {
  const { format, recordings } = usePage();
  const off = recordings.filter(({ isOn }) => !isOn);
  return (
    <section class="state" aria-labelledby="empty-title">
      <Icon name="search" class="state-icon" />
      <h2 id="empty-title">No calls found yet</h2>
      <p class="lead">
        Use one of your assistants once, and what it cost is here within a second. Nothing has to be set up.
      </p>
      <h3>Where this looked</h3>
      <ul class="folders">
        {view.folders.map(folder => (
          <li key={`${folder.assistant} ${folder.path}`}>
            <span class="folder-name">{folder.assistantName}</span>
            <code>{folder.path}</code>
            <span class={folder.exists ? 'badge' : 'badge muted'}>{folder.exists ? 'no calls' : 'not there'}</span>
          </li>
        ))}
      </ul>
      {off.length > 0 && (
        <>
          <h3>What could be recorded</h3>
          <Recordings offers={off} />
        </>
      )}
      <div class="actions">
        <button type="button" class="primary" onClick={() => send({ type: 'command', command: 'refresh' })}>
          Look again
        </button>
        <button type="button" class="secondary" onClick={() => send({ type: 'openSetting', setting: 'extraFolders' })}>
          Look in other folders…
        </button>
      </div>
      <p class="muted small">Last looked at {formatTime(view.checkedAtMs, format)}</p>
    </section>
  );
}
