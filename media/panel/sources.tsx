import type { SourceRow, SourcesView } from '../../src/core/panel.ts';
import type { RecordingOffer } from '../../src/core/recording.ts';
import {
  countText,
  coverageNames,
  coverageTitles,
  formatCount,
  formatDate,
  formatDateTime,
  formatList,
  problemNames,
} from '../../src/core/panelText.ts';
import { Empty, LookAgain, LookedAtFolders, OtherFolders } from './empty.tsx';
import { send } from './host.ts';
import { usePage } from './page.ts';

/** Where the numbers are from, since when, and what could not be read. */
export function Sources({ view }: { readonly view: SourcesView }) {
  const { format, recordings } = usePage();
  const offersOf = ({ assistant }: SourceRow): readonly RecordingOffer[] =>
    recordings.filter(offer => offer.assistant === assistant);
  const isShown = (source: SourceRow): boolean => isFound(source) || offersOf(source).length > 0;
  const found = view.sources.filter(isShown);
  const others = view.sources.filter(source => !isShown(source));
  if (found.length === 0) return <NoLogs view={view} />;
  return (
    <section class="block sources" aria-labelledby="sources-title">
      <div class="block-head">
        <div>
          <h2 id="sources-title">Sources</h2>
          <p class="muted small">
            Read from the logs that your assistants write on this machine. Days are those of {view.timeZone}.
          </p>
        </div>
        <div class="block-tools">
          <button type="button" class="secondary" onClick={() => send({ type: 'command', command: 'moreExact' })}>
            More exact numbers…
          </button>
          <button type="button" class="secondary" onClick={() => send({ type: 'command', command: 'doctor' })}>
            Diagnosis
          </button>
        </div>
      </div>
      <ul class="source-list">
        {found.map(source => (
          <li key={source.assistant}>
            <Source source={source} />
            <Recordings offers={offersOf(source)} />
          </li>
        ))}
      </ul>
      {others.length > 0 && (
        <p class="muted small">
          Nothing found of{' '}
          {formatList(
            others.map(({ name }) => name),
            format,
          )}
          .
        </p>
      )}
    </section>
  );
}

/** Not one folder of an assistant is there. */
function NoLogs({ view }: { readonly view: SourcesView }) {
  return (
    <Empty
      id="no-logs"
      icon="search"
      title="No logs found yet"
      lead={
        <>
          All numbers come from logs that your assistants write on this machine. None of the folders below is there yet;
          the first log in one of them is read by itself.
        </>
      }
      actions={
        <LookAgain>
          <OtherFolders />
          <button type="button" class="secondary" onClick={() => send({ type: 'command', command: 'doctor' })}>
            Diagnosis
          </button>
        </LookAgain>
      }
    >
      <LookedAtFolders
        folders={view.sources.flatMap(({ name, folders }) => folders.map(folder => ({ name, ...folder })))}
      />
    </Empty>
  );
}

function isFound({ calls, logs, folders }: SourceRow): boolean {
  return calls > 0 || logs > 0 || folders.some(({ exists }) => exists);
}

/** What could be recorded, or is because it was turned on. */
export function Recordings({ offers }: { readonly offers: readonly RecordingOffer[] }) {
  if (offers.length === 0) return null;
  return (
    <ul class="plain-list recordings">
      {offers.map(({ id, label, gain, isOn }) => (
        <li key={id}>
          <span>
            {label} <span class="badge">{isOn ? 'on' : 'off'}</span>
            <span class="muted small">{gain}</span>
          </span>
          <button
            type="button"
            class="secondary"
            aria-label={`${isOn ? 'Turn off' : 'Turn on…'} ${label}`}
            onClick={() => send({ type: 'turnRecording', recording: id })}
          >
            {isOn ? 'Turn off' : 'Turn on…'}
          </button>
        </li>
      ))}
    </ul>
  );
}

function Source({ source }: { readonly source: SourceRow }) {
  const { format } = usePage();
  const { extent } = source;
  return (
    <>
      <div class="source-head">
        <h3>
          {source.name}{' '}
          {source.coverage && (
            <span class="badge" title={coverageTitles[source.coverage.level]}>
              {coverageNames[source.coverage.level]}
            </span>
          )}
        </h3>
        {extent ? (
          <p>
            <strong>
              {source.coverage?.level === 'atLeast' ? 'Lower bounds' : 'Complete'} since{' '}
              {formatDate(extent.firstAtMs, format)}
            </strong>
            <span class="muted">
              {' '}
              · {countText(source.calls, 'call', format)} from {countText(source.logs, 'log', format)} · last call{' '}
              {formatDateTime(extent.lastAtMs, format)}
            </span>
          </p>
        ) : (
          <p class="muted">No calls found · {countText(source.logs, 'log', format)}</p>
        )}
      </div>
      {source.coverage !== undefined && source.coverage.lost !== '' && (
        <p class="muted small">{source.coverage.lost}</p>
      )}
      <ul class="plain-list folders-of">
        {source.folders.map(folder => (
          <li key={folder.path}>
            <code>{folder.path}</code> {!folder.exists && <span class="badge muted">not there</span>}
          </li>
        ))}
      </ul>
      {source.problems > 0 && (
        <details>
          <summary>{countText(source.problems, 'place', format)} that could not be read as expected</summary>
          <ul class="plain-list">
            {source.problemPlaces.map(({ log, offset, kind }) => (
              <li key={`${log} ${String(offset)} ${kind}`}>
                {problemNames[kind]}.{' '}
                <button type="button" class="link" onClick={() => send({ type: 'openLog', log, offset })}>
                  {log}
                </button>{' '}
                <span class="muted">at byte {formatCount(offset, format)}</span>
              </li>
            ))}
          </ul>
        </details>
      )}
    </>
  );
}
