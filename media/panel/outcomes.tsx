import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { formatMoney } from '../../src/core/money.ts';
import { sessionsRequest, type Named } from '../../src/core/panel.ts';
import type {
  BranchRow,
  CommitRow,
  CostPer,
  OutcomeFigures,
  OutcomeMark,
  OutcomeTable,
  OutcomesView,
  SharedFigures,
} from '../../src/core/panelOutcomes.ts';
import {
  branchName,
  commitName,
  costPerNotes,
  costPerText,
  fateText,
  gitReadingText,
  isWithoutGit,
  landingText,
  lineCountsText,
  lackOf,
  lineSentences,
  outcomeLimits,
  reasonNames,
  reasonTitles,
  repositoryNotes,
  shortHash,
  spentCell,
  survivalText,
  survivalVerdicts,
} from '../../src/core/panelOutcomesText.ts';
import { countText, formatCount, formatDate, formatDateTime, formatShare } from '../../src/core/panelText.ts';
import { Share } from './buckets.tsx';
import { Limits } from './header.tsx';
import { send } from './host.ts';
import { Icon } from './icon.tsx';
import './outcomes.css';
import { NoCalls } from './overview.tsx';
import { usePage } from './page.ts';
import { fillOf, Patterns, Swatch } from './patterns.tsx';
import { CostHeads, NumberHead, Scroll } from './tableParts.tsx';
import { sessionsElementId } from './tables.tsx';
import { Tile } from './tiles.tsx';

/** What came of what was spent, as far as the local history of git tells. */
export function Outcomes({ view }: { readonly view: OutcomesView }) {
  return (
    <>
      <Limits view={view} />
      <Found view={view} />
    </>
  );
}

function Found({ view }: { readonly view: OutcomesView }) {
  const { format } = usePage();
  const { total, gitReading } = view;
  if (gitReading === 'history') return <p class="muted with-mark">{wait(gitReadingText(view, format))}</p>;
  if (total.calls === 0 && total.tokens === 0) return <NoCalls view={view} />;
  if (isWithoutGit(view)) return <NoGit view={view} />;
  return (
    <>
      <OutcomeTiles view={view} />
      {gitReading === 'lines' && <p class="muted small with-mark">{wait(gitReadingText(view, format))}</p>}
      <Attribution view={view} />
      {view.quality && <Quality quality={view.quality} />}
      <Branches view={view} />
      <Commits view={view} />
      <About view={view} />
    </>
  );
}

function wait(text: string | undefined) {
  return (
    <>
      <Icon name="wait" />
      <span>{text}</span>
    </>
  );
}

function NoGit({ view }: { readonly view: OutcomesView }) {
  return (
    <section class="state slim" aria-labelledby="no-git-title">
      <Icon name="search" class="state-icon" />
      <h2 id="no-git-title">Git was not found</h2>
      <p class="lead">
        What came of the calls is read off the local history of your repositories, by the program git.{' '}
        {view.repositories[0] && repositoryNotes(view.repositories[0]).join(' ')}
      </p>
    </section>
  );
}

function OutcomeTiles({ view }: { readonly view: OutcomesView }) {
  const { format } = usePage();
  const { perCommit, perBranch, perLine, lines, attributed, unattributed, commitsWithoutCalls } = view;
  const sentences = lineSentences(lines, format);
  const others = commitsWithoutCalls > 0 ? `; ${formatCount(commitsWithoutCalls, format)} more without any call` : '';
  return (
    <dl class="tiles">
      <CostTile name="A commit" per={perCommit}>
        {countText(perCommit.count, 'commit', format)} with calls{others}
      </CostTile>
      <CostTile name="A merged branch" per={perBranch}>
        {perBranch.count === 0
          ? 'No merge of your work is known'
          : `${mergedText(perBranch.count, format)} of your work`}
      </CostTile>
      <CostTile name="A line that survived" per={perLine}>
        {sentences.map(text => (
          <span key={text} class="tile-line">
            {text}
          </span>
        ))}
        {sentences.length === 0 &&
          (lines.openCommits > 0 ? 'Still being looked for' : 'No line of these commits has been merged')}
      </CostTile>
      <Tile name="Belongs to commits" value={formatShare(attributed.share, format)}>
        {formatShare(unattributed.share, format)} belongs to none
      </Tile>
    </dl>
  );
}

function mergedText(count: number, format: Parameters<typeof formatCount>[1]): string {
  return `${formatCount(count, format)} ${count === 1 ? 'branch or pull request' : 'branches and pull requests'}`;
}

interface CostTileProps {
  readonly name: string;
  readonly per: CostPer;
  readonly children: ComponentChildren;
}

function CostTile({ name, per, children }: CostTileProps) {
  const { format } = usePage();
  return (
    <Tile name={name} value={costPerText(per, format)} isMain>
      {children}
      {costPerNotes(per, format).map(text => (
        <span key={text} class="tile-line">
          {text}
        </span>
      ))}
    </Tile>
  );
}

/** Chart and table in one: how much belongs to commits, and why the rest does not. */
function Attribution({ view }: { readonly view: OutcomesView }) {
  const { attributed, unattributed, reasons, total } = view;
  const hasCovered = total.coveredNanoUsd > 0;
  return (
    <section class="block" aria-labelledby="attribution-title" aria-busy={view.gitReading !== 'done'}>
      <h2 id="attribution-title">What belongs to a commit, and what to none</h2>
      <Split view={view} />
      <Scroll id="attribution">
        <table class={hasCovered ? 'outcomes attribution has-covered' : 'outcomes attribution'}>
          <thead>
            <tr>
              <th scope="col">Calls that</th>
              <NumberHead isMinor>Calls</NumberHead>
              <CostHeads hasCovered={hasCovered} />
              <th scope="col" class="share">
                Share
              </th>
            </tr>
          </thead>
          <tbody>
            <AttributionLine
              mark={{ kind: 'attributed' }}
              name="belong to your commits"
              part={attributed}
              piece={0}
              hasCovered={hasCovered}
            />
            <AttributionLine
              mark={{ kind: 'unattributed' }}
              name="belong to none"
              part={unattributed}
              hasCovered={hasCovered}
            />
            {reasons.map(({ reason, ...part }, index) => (
              <AttributionLine
                key={reason}
                mark={{ kind: 'unattributed', reason }}
                name={reasonNames[reason]}
                title={reasonTitles[reason]}
                part={part}
                piece={index + 1}
                hasCovered={hasCovered}
                isPart
              />
            ))}
          </tbody>
        </table>
      </Scroll>
    </section>
  );
}

interface SplitPiece {
  readonly mark: OutcomeMark;
  readonly name: string;
  readonly share: number;
}

/** The same as a picture: a bar in as many pieces. By keyboard, the rows below lead where its pieces do. */
function Split({ view: { attributed, reasons } }: { readonly view: OutcomesView }) {
  const { format, request, show } = usePage();
  const pieces: readonly SplitPiece[] = [
    { mark: { kind: 'attributed' }, name: 'Your commits', share: attributed.share ?? 0 },
    ...reasons.map(({ reason, share = 0 }): SplitPiece => ({
      mark: { kind: 'unattributed', reason },
      name: reasonNames[reason],
      share,
    })),
  ];
  const label = pieces.map(({ name, share }) => `${name} ${formatShare(share, format)}`).join(', ');
  const percent = (share: number): string => `${String(share * 100)}%`;
  return (
    <svg class="split" role="img" aria-label={label} width="100%" height="18">
      <Patterns />
      {pieces.map(({ mark, name, share }, index) => (
        <rect
          key={name}
          x={percent(pieces.slice(0, index).reduce((sum, before) => sum + before.share, 0))}
          width={percent(share)}
          height="18"
          fill={fillOf(index, false)}
          onClick={() => show(sessionsRequest(request, { outcome: mark }), { isStep: true })}
        >
          <title>{`${name}: ${formatShare(share, format)}`}</title>
        </rect>
      ))}
    </svg>
  );
}

interface OutcomeLinkProps {
  readonly mark: OutcomeMark;
  /** The whole name. */
  readonly name: string;
  /** As it is shown, if that is not the whole name. */
  readonly children?: ComponentChildren;
}

/** Leads to the sessions that have such calls. */
function OutcomeLink({ mark, name, children = name }: OutcomeLinkProps) {
  const { request, show } = usePage();
  const sessions = sessionsRequest(request, { outcome: mark });
  return (
    <button
      type="button"
      class="link"
      data-session={sessionsElementId(sessions)}
      title={`Show the sessions: ${name}`}
      onClick={() => show(sessions, { isStep: true })}
    >
      {children}
    </button>
  );
}

interface AttributionLineProps {
  readonly mark: OutcomeMark;
  readonly name: string;
  readonly title?: string;
  readonly part: SharedFigures;
  /** Which piece of the bar it is; none if it is several. */
  readonly piece?: number;
  readonly hasCovered: boolean;
  /** Whether it is a part of the line above. */
  readonly isPart?: boolean;
}

function AttributionLine({ mark, name, title, part, piece, hasCovered, isPart = false }: AttributionLineProps) {
  const { format } = usePage();
  const hasCalls = part.figures.calls > 0 || part.figures.tokens > 0;
  return (
    <tr class={isPart ? 'part' : undefined}>
      <th scope="row">
        {piece !== undefined && <Swatch index={piece} isRest={false} />}{' '}
        {hasCalls ? <OutcomeLink mark={mark} name={name} /> : name}
        {title !== undefined && <span class="sub">{title}</span>}
      </th>
      <td class="number minor">{formatCount(part.figures.calls, format)}</td>
      <CostCells figures={part.figures} hasCovered={hasCovered} />
      <td class="share">
        <Share share={part.share} />
      </td>
    </tr>
  );
}

function CostCells({ figures, hasCovered }: { readonly figures: OutcomeFigures; readonly hasCovered: boolean }) {
  const { format } = usePage();
  const lacks = lackOf(figures, format);
  return (
    <>
      <td class="number">
        {spentCell(figures, format) ?? '–'}
        {lacks !== undefined && <span class="sub">{lacks}</span>}
      </td>
      {hasCovered && (
        <td class="number">{figures.coveredNanoUsd > 0 ? formatMoney(figures.coveredNanoUsd, format) : '–'}</td>
      )}
    </>
  );
}

/** So many rows are shown until the others are asked for. */
const firstRows = 12;
/** The tables that are shown whole, so that who comes back from one of their rows finds it again. */
const shownWhole = new Set<string>();

interface MoreProps {
  readonly table: OutcomeTable<unknown>;
  readonly isWhole: boolean;
  readonly showAll: () => void;
}

function More({ table: { rows, more }, isWhole, showAll }: MoreProps) {
  const { format } = usePage();
  if (!isWhole && rows.length > firstRows) {
    return (
      <button type="button" class="link more" onClick={showAll}>
        Show {formatCount(rows.length - firstRows, format)} more
      </button>
    );
  }
  if (!more) return null;
  return (
    <p class="muted small more">
      and {formatCount(more.count, format)} cheaper ones, {spentCell(more.figures, format) ?? 'all covered'}
    </p>
  );
}

interface OutcomeRowsProps<Row> {
  readonly view: OutcomesView;
  readonly id: string;
  readonly title: string;
  /** Of all there are, also where the table has only the dearest. */
  readonly count: number;
  readonly table: OutcomeTable<Row>;
  /** What a row is. */
  readonly name: string;
  /** Of the columns between the repository and the cost. */
  readonly heads: ComponentChildren;
  readonly keyOf: (row: Row) => string;
  readonly Line: (props: LineProps<Row>) => ComponentChildren;
}

function OutcomeRows<Row extends { readonly repository: number }>(props: OutcomeRowsProps<Row>) {
  const { view, id, title, count, table, name, heads, keyOf, Line } = props;
  const { format } = usePage();
  const [isWhole, setWhole] = useState(shownWhole.has(id));
  const { rows } = table;
  const hasCovered = view.total.coveredNanoUsd > 0;
  const showAll = (): void => {
    shownWhole.add(id);
    setWhole(true);
  };
  if (rows.length === 0) return null;
  return (
    <section class="block" aria-labelledby={`${id}-title`}>
      <h2 id={`${id}-title`}>
        {title} <span class="count">{formatCount(count, format)}</span>
      </h2>
      <Scroll id={id}>
        <table class={hasCovered ? 'outcomes has-covered' : 'outcomes'}>
          <thead>
            <tr>
              <th scope="col">{name}</th>
              <th scope="col" class="wide">
                Repository
              </th>
              {heads}
              <CostHeads hasCovered={hasCovered} />
              <NumberHead>Lines left</NumberHead>
            </tr>
          </thead>
          <tbody>
            {rows.slice(0, isWhole ? rows.length : firstRows).map(row => (
              <Line key={keyOf(row)} row={row} repository={view.repositories[row.repository]} hasCovered={hasCovered} />
            ))}
          </tbody>
        </table>
      </Scroll>
      <More table={table} isWhole={isWhole} showAll={showAll} />
    </section>
  );
}

function Branches({ view }: { readonly view: OutcomesView }) {
  return (
    <OutcomeRows
      view={view}
      id="branches"
      title="Merged branches and pull requests"
      count={view.perBranch.count}
      table={view.branches}
      name="Branch"
      heads={
        <>
          <th scope="col" class="wide">
            Merged
          </th>
          <NumberHead isMinor>Your commits</NumberHead>
        </>
      }
      keyOf={row => `${String(row.repository)} ${row.id}`}
      Line={BranchLine}
    />
  );
}

interface LineProps<Row> {
  readonly row: Row;
  readonly repository: Named | undefined;
  readonly hasCovered: boolean;
}

function BranchLine({ row, repository, hasCovered }: LineProps<BranchRow>) {
  const { format } = usePage();
  return (
    <tr>
      <th scope="row">
        <OutcomeLink mark={{ kind: 'branch', root: repository?.title ?? '', id: row.id }} name={branchName(row)}>
          <span class="cut">{branchName(row)}</span>
        </OutcomeLink>
        {row.isReverted && <span class="sub">taken back</span>}
      </th>
      <td class="wide" title={repository?.title}>
        {repository?.label}
      </td>
      <td class="wide">{formatDate(row.mergedAtMs, format)}</td>
      <td class="number minor">{formatCount(row.commits, format)}</td>
      <CostCells figures={row.figures} hasCovered={hasCovered} />
      <td class="number">{lineCountsText(row.lines, format)}</td>
    </tr>
  );
}

function Commits({ view }: { readonly view: OutcomesView }) {
  return (
    <OutcomeRows
      view={view}
      id="commits"
      title="Your commits with calls"
      count={view.perCommit.count}
      table={view.commits}
      name="Commit"
      heads={
        <>
          <th scope="col" class="wide">
            Written
          </th>
          <th scope="col" class="wide">
            Where it is
          </th>
          <NumberHead isMinor>Calls</NumberHead>
        </>
      }
      keyOf={row => `${String(row.repository)} ${row.hash}`}
      Line={CommitLine}
    />
  );
}

function CommitLine({ row, repository, hasCovered }: LineProps<CommitRow>) {
  const { format } = usePage();
  return (
    <tr>
      <th scope="row">
        <OutcomeLink mark={{ kind: 'commit', root: repository?.title ?? '', hash: row.hash }} name={commitName(row)}>
          <span class="cut">{row.subject === '' ? shortHash(row.hash) : row.subject}</span>
        </OutcomeLink>
      </th>
      <td class="wide" title={repository?.title}>
        {repository?.label}
      </td>
      <td class="wide">{formatDateTime(row.atMs, format)}</td>
      <td class="wide">{landingText(row)}</td>
      <td class="number minor">{formatCount(row.figures.calls, format)}</td>
      <CostCells figures={row.figures} hasCovered={hasCovered} />
      <td class="number">{fateText(row.lines, format)}</td>
    </tr>
  );
}

function Quality({ quality }: { readonly quality: NonNullable<OutcomesView['quality']> }) {
  const { format } = usePage();
  const { internal, external, verdict, both } = quality;
  return (
    <section class="block" aria-labelledby="survival-title">
      <h2 id="survival-title">Lines that survived, by who wrote them</h2>
      <dl class="compared">
        <div>
          <dt>Internal model</dt>
          <dd>{survivalText(internal, format)}</dd>
        </div>
        <div>
          <dt>External models</dt>
          <dd>{survivalText(external, format)}</dd>
        </div>
      </dl>
      <p class="muted small">
        The internal model: {survivalVerdicts[verdict]}.
        {both > 0 && ` ${countText(both, 'commit', format)} of both speak for neither.`}
      </p>
    </section>
  );
}

/** What was read, and how far it can be believed. */
function About({ view }: { readonly view: OutcomesView }) {
  return (
    <section class="block about" aria-labelledby="about-outcomes-title">
      <div class="block-head">
        <h2 id="about-outcomes-title">How this is found out</h2>
        <div class="block-tools">
          <button type="button" class="secondary" onClick={() => send({ type: 'command', command: 'costTrailer' })}>
            Cost in commit messages…
          </button>
        </div>
      </div>
      <ul class="outcome-notes">
        {outcomeLimits.map(text => (
          <li key={text}>{text}</li>
        ))}
      </ul>
      <h3 id="repositories-title">Repositories</h3>
      <ul class="outcome-notes" aria-labelledby="repositories-title">
        {view.repositories.map(row => (
          <li key={row.title}>
            <span title={row.title}>{row.label}</span>
            {row.defaultBranch !== undefined && <span class="muted"> · {row.defaultBranch}</span>}
            {repositoryNotes(row).map(note => (
              <span key={note} class="sub">
                {note}
              </span>
            ))}
          </li>
        ))}
        {view.repositories.length === 0 && <li class="muted">None of the folders is in a git repository.</li>}
      </ul>
    </section>
  );
}
